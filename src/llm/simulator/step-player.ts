import { deliver } from './delivery.js';
import { answerLate, hang, refuse, reset, sendRawBody } from './http-faults.js';
import type { ReplyDraft } from './protocol/messages-protocol.js';
import type { ScriptedStep, ScriptedSteps, StepKind } from './scripted-step.js';
import { drip, pingForever } from './slow-streams.js';
import { cutOff, failMidStream, sendMalformed } from './stream-faults.js';
import { answerOddly } from './stream-oddities.js';
import type { Turn } from './turn.js';

type Player<Kind extends StepKind> = (turn: Turn, step: ScriptedSteps[Kind]) => Promise<void>;

const PLAYERS: { readonly [Kind in StepKind]: Player<Kind> } = {
  ok: (turn) => answer(turn, turn.understood()),
  reply: answer,
  text: (turn, { text }) => answer(turn, { content: [{ type: 'text', text }] }),
  tools: (turn, { calls, text }) => answer(turn, {
    content: [...(text === undefined ? [] : [{ type: 'text' as const, text }]), ...calls.map((call) => ({ type: 'tool_use' as const, ...call }))],
  }),
  error: refuse,
  body: sendRawBody,
  hang,
  cut: cutOff,
  reset,
  error_event: failMidStream,
  malformed: sendMalformed,
  oddity: answerOddly,
  ping_forever: pingForever,
  drip,
  slow: answerLate,
};

/** Answers a request: with the step when there is one, else with what the simulator understands. */
export async function answerTurn(turn: Turn, step: ScriptedStep = { kind: 'ok' }): Promise<void> {
  // The table's type ties each kind to its own fields; a union can not be called through it without this cast.
  await (PLAYERS[step.kind] as Player<StepKind>)(turn, step);
}

function answer({ exchange, streamed, pace, compose }: Turn, draft: ReplyDraft): Promise<void> {
  return deliver(exchange, compose(draft), streamed, pace);
}
