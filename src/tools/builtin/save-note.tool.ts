import * as z from 'zod';
import { Tool } from '../tool.decorator.js';
import { ToolHandler, type ToolContext } from '../tool-handler.js';
import { NoteStore } from './notes/note-store.js';
import { MOST_CHARACTERS } from './notes/note-text.js';

const Input = z.object({
  filename: z.string().min(1).max(255)
    .describe('Letters, digits, spaces and _ . - only, for example "groceries" or "plan.txt". Ends in .md or .txt; without either, .md is added.'),
  // JSON Schema counts code points, as the store does; zod's own `max` would count UTF-16 units.
  content: z.string().min(1).meta({ maxLength: MOST_CHARACTERS, description: 'The text of the note' }),
});

/** Saves a note as a file. Repeating a call changes nothing, and no note is ever overwritten: see NoteStore. */
@Tool({
  name: 'save_note',
  description: 'Saves a text as a note. An existing note is never overwritten: if a different one has the name, the new one gets a number. '
    + 'The result says which file holds the note.',
  input: Input,
  criticality: 'critical',
  sideEffect: 'idempotent',
})
export class SaveNoteTool extends ToolHandler<z.infer<typeof Input>> {
  constructor(private readonly notes: NoteStore) {
    super();
  }

  /** @throws Failure as NoteStore.save does. */
  override async run(input: z.infer<typeof Input>, { signal }: ToolContext): Promise<string> {
    const { filename, wanted, characters, repeated } = await this.notes.save(input, signal);
    if (repeated) return `Note "${filename}" is already saved with this content (${characters} characters); nothing was changed.`;
    const beside = filename === wanted ? '' : ` A different note called "${wanted}" exists and was left as it is.`;
    return `Saved note "${filename}" (${characters} characters).${beside}`;
  }
}
