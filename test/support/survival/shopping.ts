import type { Plan } from '../../../src/llm/simulator/script.js';

/** A question that takes three tools, one after the other: one that must not run twice, one that may, one that changes nothing. */
export function shopping(order: string): string {
  return `Buy ${order}, please.`;
}

/** How the simulated model goes about it. It decides by what the request says alone, as a real one would after a crash. */
export const SHOPPER: Plan = ({ question, results }) => {
  const order = /^Buy (\S+), please\.$/.exec(question)?.[1];
  if (order === undefined) return undefined;
  const steps = [
    { name: 'charge_card', input: { order } },
    { name: 'save_note', input: { filename: order, content: `Bought ${order}` } },
    { name: 'calculator', input: { expression: '19.90 * 2' } },
  ];
  const call = steps[results];
  return call ? { kind: 'tools', calls: [call], text: `Step ${results + 1}. ` } : { kind: 'text', text: `Done with ${order}.` };
};
