// Loaded into the built program before its own code: kills the process right before or behind its n-th write of a kind
// (TEST_KILL_AT=before:append:2), or each time when it saves the note of a poisoned order.
const [when, what, count] = (process.env.TEST_KILL_AT ?? '').split(':');
const { SqlRunStore } = await import('../../../dist/store/sql/sql-run-store.js');
const die = () => process.kill(process.pid, 'SIGKILL');

if (what) {
  const original = SqlRunStore.prototype[what];
  let calls = 0;
  SqlRunStore.prototype[what] = async function killed(...words) {
    calls += 1;
    if (calls === Number(count) && when === 'before') {
      die();
      await new Promise(() => undefined);
    }
    const result = await original.apply(this, words);
    if (calls === Number(count) && when === 'behind') {
      die();
      await new Promise(() => undefined);
    }
    return result;
  };
}

const { NoteStore } = await import('../../../dist/tools/builtin/notes/note-store.js');
const { save } = NoteStore.prototype;
NoteStore.prototype.save = function poisoned(note, ...rest) {
  if (note.filename === 'poison') die();
  return save.call(this, note, ...rest);
};
