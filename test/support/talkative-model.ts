import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'any', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 9, output_tokens: 1 } };
/** Characters of one event: few events, so that megabytes cost the test little. */
const PIECE = 65_536;

/** A model that goes on as long as it is let, in large pieces. The simulator sends as a real one does, a few characters at a time. */
export class TalkativeModel {
  /** Calls whose caller went away before it had everything. */
  abandoned = 0;
  private readonly server: Server;

  /** It is asked before each piece whether it goes on, and given the characters that it has said. */
  constructor(private readonly goesOn: (said: number) => boolean, private readonly ending: 'finishes' | 'hangs') {
    this.server = createServer((request, response) => {
      request.resume();
      response.once('close', () => { if (!response.writableFinished) this.abandoned += 1; });
      void this.speak(response);
    });
  }

  async start(): Promise<this> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close().closeAllConnections();
  }

  private async speak(response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await send(response, { type: 'message_start', message: MESSAGE });
    await send(response, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
    for (let said = 0; this.goesOn(said) && !response.destroyed; said += PIECE) {
      await send(response, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'otters! '.repeat(PIECE / 8) } });
      await pause(1);
    }
    if (this.ending === 'hangs') return;
    await send(response, { type: 'content_block_stop', index: 0 });
    await send(response, { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } });
    await send(response, { type: 'message_stop' });
    response.end();
  }
}

/** Resolves when the caller has taken it, or is gone. */
function send(response: ServerResponse, event: { readonly type: string } & Readonly<Record<string, unknown>>): Promise<void> {
  return new Promise((resolve) => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`, () => resolve());
  });
}
