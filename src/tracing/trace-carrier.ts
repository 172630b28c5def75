import { Injectable } from '@nestjs/common';
import { context, createContextKey, isSpanContextValid, propagation, ROOT_CONTEXT, trace, type Link, type SpanContext } from '@opentelemetry/api';
import { TracingSettings } from '../settings/settings.js';

const CALLER = createContextKey('the span of a caller we do not continue');

/** Carries a trace across a process boundary. Invalid headers are ignored: a new trace begins. */
@Injectable()
export class TraceCarrier {
  constructor(private readonly settings: TracingSettings) {}

  /** Runs `work` as part of the caller's trace, or, where callers are not trusted, of a new trace that links to it. */
  continue<R>(headers: Readonly<Record<string, string | string[] | undefined>>, work: () => R): R {
    if (headers.traceparent === undefined) return work();
    const theirs = propagation.extract(ROOT_CONTEXT, headers);
    if (this.settings.trustIncoming) return context.with(theirs, work);
    const caller = trace.getSpanContext(theirs);
    return caller && isSpanContextValid(caller) ? context.with(ROOT_CONTEXT.setValue(CALLER, caller), work) : work();
  }

  /** The running span as a `traceparent` header, for somebody who goes on with its trace later. Undefined when there is none. */
  current(): string | undefined {
    const headers: { traceparent?: string } = {};
    propagation.inject(context.active(), headers);
    return headers.traceparent;
  }

  /** Runs `work` as part of a trace of ours that was carried here, whatever callers may do. */
  goOn<R>(traceparent: string | undefined, work: () => R): R {
    return traceparent === undefined ? work() : context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), work);
  }
}

/** The link that the first span of an untrusted caller's request carries. */
export function callerLinks(): Link[] {
  const active = context.active();
  const caller = active.getValue(CALLER) as SpanContext | undefined;
  return caller && trace.getSpan(active) === undefined ? [{ context: caller }] : [];
}
