import { Guards } from '../../src/resilience/guards.js';
import { UNGUARDED } from '../../src/resilience/policy.js';

/** For tests of what is guarded: guards that let everything through. */
export const GUARDS = [{ provide: Guards, useValue: { request: () => UNGUARDED, model: () => UNGUARDED, fallbackModel: () => UNGUARDED } }];
