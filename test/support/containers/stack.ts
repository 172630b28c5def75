import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APPLICATION_ROOT } from '../built-application.js';
import { freePort } from '../free-port.js';
import type { Engine } from './engine.js';
import type { Images } from './stand-ins.js';

const UP_MILLISECONDS = 120_000;

/** docker-compose.yml as a project of its own, on ports of its own, with images of the tests' instead of those that can not be pulled. */
export class Stack {
  private constructor(private readonly engine: Engine, private readonly folder: string, private readonly words: readonly string[], private readonly ports: Readonly<Record<string, string>>) {}

  /** `images`: undefined uses the images of the file. */
  static async of(engine: Engine, agent: string, images: Images | undefined): Promise<Stack> {
    const folder = await mkdtemp(join(tmpdir(), 'task-agent-stack-'));
    const services = { agent: { image: agent, pull_policy: 'never' }, ...(images && { postgres: { image: images.postgres, pull_policy: 'never' }, prometheus: { image: images.prometheus, pull_policy: 'never' } }) };
    await writeFile(join(folder, 'override.json'), JSON.stringify({ services }));
    const words = ['compose', '--project-name', `task-agent-ci-${process.pid}`, '--project-directory', APPLICATION_ROOT, '--file', join(APPLICATION_ROOT, 'docker-compose.yml'), '--file', join(folder, 'override.json')];
    return new Stack(engine, folder, words, { AGENT_PORT: String(await freePort()), PROMETHEUS_PORT: String(await freePort()) });
  }

  get agentUrl(): string {
    return `http://127.0.0.1:${this.ports.AGENT_PORT}`;
  }

  get prometheusUrl(): string {
    return `http://127.0.0.1:${this.ports.PROMETHEUS_PORT}`;
  }

  /** Starts services, and what they depend on, and waits until each is healthy. @throws Error with the last lines of all of them */
  async up(services: readonly string[]): Promise<void> {
    try {
      await this.compose(['up', '--wait', '--no-build', '--quiet-pull', ...services]);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await this.compose(['logs', '--tail', '20'])}`, { cause: error });
    }
  }

  compose(words: readonly string[]): Promise<string> {
    return this.engine.docker([...this.words, ...words], { environment: this.ports, milliseconds: UP_MILLISECONDS });
  }

  /** Ends the services and removes containers, networks and volumes. */
  async down(): Promise<void> {
    await this.compose(['down', '--volumes', '--remove-orphans']);
    await rm(this.folder, { recursive: true, force: true });
  }
}
