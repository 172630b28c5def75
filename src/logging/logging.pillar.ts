import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Attributes, Observation, Pillar, Scope } from '../kernel/observer.js';
import { FACTS, type FactName } from '../kernel/facts.js';
import { OPERATIONS } from '../kernel/operations.js';
import type { LogLine, Shape } from '../kernel/shape.js';
import { redactValue } from '../kernel/redaction.js';
import { LoggingSettings } from '../settings/settings.js';

export const LOGGER = Symbol('pino logger');

/** How much of a tool input a log line may hold when it is shown in full: enough for any input the schema lets through. */
const FULL_INPUT = { characters: 100_000, depth: 32, entries: 10_000 };

/** Writes the lines that the catalogue names: when an operation begins, when it ends, and for each fact. */
@Injectable()
export class LoggingPillar implements Pillar {
  constructor(@Inject(LOGGER) private readonly logger: Logger, private readonly settings: LoggingSettings) {}

  begin(observation: Observation): Scope {
    const shape: Shape = OPERATIONS[observation.operation];
    if (shape.log.begin) this.write(shape.log.begin, this.fields(shape, observation.attributes));
    return { end: (ended) => this.ended(shape, ended) };
  }

  note(fact: FactName, detail: Attributes): void {
    const { log } = FACTS[fact];
    if (log) this.write(log, detail);
  }

  /** The last resort: a pillar broke. Says so, and nothing else happens. */
  pillarFailed(error: unknown): void {
    this.logger.error({ event: 'telemetry.pillar_failed', error_detail: error }, 'telemetry.pillar_failed');
  }

  private ended(shape: Shape, observation: Observation): void {
    const line = (observation.status === 'rejected' ? shape.log.rejected : undefined) ?? shape.log[observation.outcome];
    if (!line) return;
    this.write(line, {
      ...this.fields(shape, observation.attributes),
      status: observation.status,
      duration_ms: Math.round(observation.durationSeconds * 1e6) / 1e3,
      ...(observation.errorType && { error_type: observation.errorType, error: observation.errorMessage }),
    });
  }

  private write([level, event]: LogLine, fields: Attributes): void {
    if (this.logger.isLevelEnabled(level)) this.logger[level]({ event, ...fields }, event);
  }

  /** Content is left out, but for tool inputs, which are shown as `LOG_TOOL_INPUT` allows. */
  private fields(shape: Shape, attributes: Attributes): Attributes {
    if (!shape.content) return attributes;
    const shown = Object.fromEntries(Object.entries(attributes).filter(([name]) => !shape.content?.includes(name)));
    return attributes.tool_input === undefined ? shown : { ...shown, tool_input: this.toolInput(attributes.tool_input) };
  }

  private toolInput(input: unknown): object {
    if (typeof input !== 'object' || input === null) return { type: typeof input };
    if (this.settings.toolInput === 'keys') return Object.keys(input);
    return redactValue(input, this.settings.toolInput === 'full' ? FULL_INPUT : undefined) as object;
  }
}
