import { hash } from 'node:crypto';
import { NotationError, parseSteps } from './fault-notation.js';
import { ApiError } from './protocol/api-error.js';
import { directiveIn } from './script-directive.js';
import type { ScriptedStep } from './scripted-step.js';
import { seededRandom } from './seeded-random.js';

/** Requests that fail at random, always the same ones for one seed. */
export interface RandomFaults {
  /** How many of all requests fail, from 0 to 1. */
  readonly ratio: number;
  readonly step: ScriptedStep;
  readonly seed: number;
  /** Only requests for this model fail. */
  readonly model?: string;
}

/** What a request brings along that may script it. */
export interface Scriptable {
  /** The header `x-simulator-steps`. */
  readonly header: string | undefined;
  /** The last text of the user. */
  readonly question: string;
  readonly model: string;
  /** How many tool calls of this question have their results. */
  readonly results: number;
}

/** What to do with a request, by what it says alone: the same request gets the same step, however often it comes. */
export type Plan = (request: Pick<Scriptable, 'question' | 'results'>) => ScriptedStep | undefined;

const MOST_TEXTS = 1_000;

/**
 * Decides which step a request gets. The nearest wins: its own header, then an outage, then a plan, then the directive in its text, then the
 * queue, then chance.
 */
export class Script {
  private queue: ScriptedStep[] = [];
  private plan: Plan | undefined;
  private outage: ScriptedStep | undefined;
  private chance: ((model: string) => ScriptedStep | undefined) | undefined;
  /** How many steps of the directives in these texts are used up; the texts as digests, the last used at the end. */
  private readonly played = new Map<string, number>();

  /** How many texts with a directive are remembered. */
  get textsKept(): number {
    return this.played.size;
  }

  /** Appends to the queue and returns its length. */
  enqueue(steps: readonly ScriptedStep[]): number {
    for (const step of steps) this.queue.push(step);
    return this.queue.length;
  }

  /** Empties the queue and returns how many steps it had. */
  clear(): number {
    return this.queue.splice(0).length;
  }

  follow(plan: Plan | undefined): void {
    this.plan = plan;
  }

  failEverything(step: ScriptedStep | undefined): void {
    this.outage = step;
  }

  failRandomly(faults: RandomFaults | undefined): void {
    if (!faults) {
      this.chance = undefined;
      return;
    }
    const { ratio, step, seed, model: victim } = faults;
    const random = seededRandom(seed);
    this.chance = (model) => ((victim ?? model) === model && random() < ratio ? step : undefined);
  }

  /** The step of the next request; undefined when it is answered normally. @throws ApiError 400 when its own script is none */
  next({ header, question, model, results }: Scriptable): ScriptedStep | undefined {
    if (header !== undefined) return ownStep(header);
    return this.outage ?? this.plan?.({ question, results }) ?? this.directed(question) ?? this.queue.shift() ?? this.chance?.(model);
  }

  /** After its last step a text is answered normally, whatever else is scripted. */
  private directed(question: string): ScriptedStep | undefined {
    const directive = directiveIn(question);
    if (directive === undefined) return undefined;
    const steps = readScript(directive, 'the text');
    const digest = hash('sha1', question, 'hex');
    const used = this.played.get(digest) ?? 0;
    this.played.delete(digest);
    this.played.set(digest, used + 1);
    const [oldest] = this.played.keys();
    if (this.played.size > MOST_TEXTS && oldest !== undefined) this.played.delete(oldest);
    return steps[used] ?? { kind: 'ok' };
  }
}

function ownStep(header: string): ScriptedStep {
  const steps = readScript(header, 'x-simulator-steps');
  const [step] = steps;
  if (!step || steps.length > 1) throw new ApiError(400, 'invalid_request_error', `x-simulator-steps: one step for one request, but found ${steps.length}`);
  return step;
}

/** @throws ApiError 400 that says where the mistake is and what is known */
export function readScript(script: string, where: string): ScriptedStep[] {
  try {
    return parseSteps(script);
  } catch (error) {
    if (error instanceof NotationError) throw new ApiError(400, 'invalid_request_error', `${where}: ${error.message}`);
    throw error;
  }
}
