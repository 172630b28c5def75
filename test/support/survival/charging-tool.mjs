// Loaded into the built program before its own code (NODE_OPTIONS=--import=…): a tool that must never run twice. It writes
// down each charge at the moment it takes effect, and then takes a while, so that a process can die before it says so.
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';

const CHARGE = {
  name: 'charge_card',
  description: 'Charges a card for an order.',
  input: z.object({ order: z.string() }),
  criticality: 'critical',
  sideEffect: 'at_most_once',
};

const { ToolRegistry } = await import('../../../dist/tools/tool.registry.js');
const { ToolHandler } = await import('../../../dist/tools/tool-handler.js');

class Charge extends ToolHandler {
  async run({ order }) {
    await wait(Math.random() * 10);
    appendFileSync(process.env.TEST_CHARGES, `${order}\n`);
    await wait(Math.random() * 10);
    return `Charged ${order}.`;
  }
}

const { register } = ToolRegistry.prototype;
let hasCharge = false;
ToolRegistry.prototype.register = function registerBoth(options, handler) {
  register.call(this, options, handler);
  if (hasCharge) return;
  hasCharge = true;
  register.call(this, CHARGE, new Charge());
};
