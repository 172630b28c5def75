import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { APPLICATION_ROOT } from '../support/built-application.js';
import { Engine, HARDENED } from '../support/containers/engine.js';
import { projectFile } from '../support/containers/compose-file.js';
import { Stack } from '../support/containers/stack.js';
import { standIns, type Images } from '../support/containers/stand-ins.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';

jest.setTimeout(240_000);

const IMAGE = 'task-agent-ci:test';
/** Bytes that the service may add to its base: what is too much is a dependency that does not belong there. */
const MOST_ADDED = 200e6;
const base = /^ARG NODE_IMAGE=(\S+)$/m.exec(projectFile('Dockerfile'))?.[1] ?? '';

const engine = await Engine.find(); // as the file is loaded: what is skipped must be known before the first test
const running = () => {
  if (!engine) throw new Error('there is no engine');
  return engine;
};
const docker = (...words: readonly string[]) => running().docker(words);

const ask = (url: string, message: string) => fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) });
const canPull = (image: string) => running().docker(['buildx', 'imagetools', 'inspect', image], { milliseconds: 30_000 }).then(() => true, () => false);

(engine ? describe : describe.skip)('in containers', () => {
  let images: Images | undefined;
  const nodeImage = () => images?.node ?? base;

  beforeAll(async () => {
    if (await canPull(base)) return;
    process.stderr.write('The images can not be pulled: stand-ins take their place. They prove the wiring, not how the real images behave.\n');
    images = await standIns(running());
  });

  afterAll(async () => {
    if (!engine) return;
    // Layers stay in the cache of the builder: the next run is quick, and never tests an image of this one.
    await docker('image', 'rm', '--force', IMAGE);
    await docker('image', 'prune', '--force');
    await engine.stop();
  });

  test('Compose reads docker-compose.yml without a complaint', async () => {
    await docker('compose', '--project-directory', APPLICATION_ROOT, 'config', '--quiet');
  });

  test('BuildKit has nothing to say against the Dockerfile', async () => {
    await docker('buildx', 'build', '--check', '--build-arg', `NODE_IMAGE=${nodeImage()}`, APPLICATION_ROOT);
  });

  describe('the image', () => {
    beforeAll(async () => {
      const words = ['buildx', 'build', '--load', '--network', 'host', '--build-arg', `NODE_IMAGE=${nodeImage()}`, '--tag', IMAGE, APPLICATION_ROOT];
      await running().docker(words, { milliseconds: 240_000 });
    });

    const inspect = async <T>(template: string, of = IMAGE) => JSON.parse(await docker('inspect', '--format', `{{json ${template}}}`, of)) as T;

    test('is small, and holds neither tools of development nor another Node', async () => {
      expect(await inspect<number>('.Size') - await inspect<number>('.Size', nodeImage())).toBeLessThan(MOST_ADDED);
      const list = 'console.log(JSON.stringify([...fs.readdirSync("/app"), ...fs.readdirSync("/app/node_modules"), ...fs.readdirSync("/app/bin")]))';
      const names = JSON.parse(await docker('run', '--rm', '--network', 'none', '--entrypoint', 'node', IMAGE, '-e', list)) as string[];
      expect(names).toEqual(expect.arrayContaining(['dist', 'config', 'docs', 'LICENSE', 'fastify', 'task-agent.mjs']));
      expect(names.filter((name) => ['src', 'test', '.env', 'jest', 'typescript', 'eslint', `node-${process.platform}-${process.arch}`, 'build.mjs'].includes(name))).toEqual([]);
    });

    test('says what it is', async () => {
      expect(await inspect('.Config.User')).toBe('1000:1000');
      expect(await inspect('.Config.Labels')).toMatchObject({ 'org.opencontainers.image.title': 'task-agent', 'org.opencontainers.image.licenses': 'MIT' });
    });

    test('answers one question without being told anything', async () => {
      expect(await docker('run', '--rm', '--network', 'none', ...HARDENED, IMAGE, 'ask', 'What is 15 multiplied by 23?')).toContain('345');
    });
  });

  describe('a container without rights', () => {
    let id = '';
    let url = '';
    const network = `task-agent-ci-${process.pid}`;

    beforeAll(async () => {
      const port = await freePort();
      await docker('network', 'create', network);
      url = `http://127.0.0.1:${port}`;
      const settings = ['--env', 'DRAIN_DELAY=1', '--env', 'SIMULATOR_FIRST_TOKEN=2'];
      id = (await docker('run', '--detach', '--network', network, '--publish', `127.0.0.1:${port}:8080`, ...HARDENED, ...settings, IMAGE)).trim();
    });

    afterAll(async () => {
      if (id) await docker('rm', '--force', '--volumes', id);
      await docker('network', 'rm', network);
    });

    const state = async <T>(template: string) => JSON.parse(await docker('inspect', '--format', `{{json ${template}}}`, id)) as T;

    test('becomes healthy by its own check', async () => {
      await eventually(async () => await state('.State.Health.Status') === 'healthy', 20_000);
    });

    test('answers POST /chat', async () => {
      const answer = await ask(url, 'What is 15 multiplied by 23?');
      expect(await answer.json()).toMatchObject({ reply: expect.stringContaining('345'), outcome: 'success' });
    });

    test('can write to its data and to /tmp, and to nothing else', async () => {
      const attempt = 'for (const at of ["/data/x", "/tmp/x", "/app/x", "/x"]) try { fs.writeFileSync(at, ""); console.log(at); } catch (error) { console.log(error.code); }';
      expect(await docker('exec', id, 'node', '-e', attempt)).toBe('/data/x\n/tmp/x\nEROFS\nEROFS\n');
    });

    test('finishes what it began when it is stopped, and ends with 0', async () => {
      const late = ask(url, 'What is 2 to the power of 10?');
      await eventually(async () => /agent_requests_active(?:\{\})? 1/.test(await (await fetch(`${url}/metrics`)).text()));
      const stopped = docker('stop', '--time', '45', id);
      expect(await (await late).json()).toMatchObject({ reply: expect.stringContaining('1024'), outcome: 'success' });
      await stopped;
      expect(await state('.State.ExitCode')).toBe(0);
      const said = await docker('logs', id);
      expect(said.indexOf('application.draining')).toBeGreaterThan(0);
      expect(said.indexOf('application.shutdown')).toBeGreaterThan(said.indexOf('application.draining'));
    });
  });

  describe('the stack', () => {
    let stack: Stack | undefined;
    const up = () => {
      if (!stack) throw new Error('the stack is not up');
      return stack;
    };

    beforeAll(async () => {
      stack = await Stack.of(running(), IMAGE, images);
      await stack.up(['agent', 'prometheus']);
    });

    afterAll(async () => stack?.down());

    test('is healthy with the database that the agent depends on, and without the collector that it does not', async () => {
      const lines = (await up().compose(['ps', '--format', 'json'])).trim().split('\n');
      const services = lines.map((line) => JSON.parse(line) as { Service: string; Health: string });
      expect(services.map(({ Service, Health }) => `${Service}: ${Health}`).sort()).toEqual(['agent: healthy', 'postgres: healthy', 'prometheus: healthy']);
      expect((await fetch(`${up().agentUrl}/health/ready`)).status).toBe(200);
    });

    test('keeps runs in Postgres', async () => {
      const { run_id } = await (await ask(up().agentUrl, 'What is 15 multiplied by 23?')).json() as { run_id: string };
      expect((await fetch(`${up().agentUrl}/v1/runs/${run_id}`)).status).toBe(200);
      expect(await up().compose(['exec', '-T', 'agent', 'node', '-e', 'console.log(fs.existsSync("/data") && fs.readdirSync("/data").filter((name) => /sqlite|\\.db/.test(name)).length)'])).toBe('0\n');
    });

    test('is scraped by Prometheus under the names of its services', async () => {
      const value = async () => {
        const answer = await fetch(`${up().prometheusUrl}/api/v1/query?query=${encodeURIComponent('up{job="agent"}')}`);
        const { data } = await answer.json() as { data: { result: { metric: { instance: string }; value: [number, string] }[] } };
        return data.result.map(({ metric, value: [, up] }) => `${metric.instance} ${up}`);
      };
      await eventually(async () => (await value()).includes('agent:8080 1'), 40_000);
    });

    test('shows nobody the database: it is on no port of this machine', async () => {
      const lines = (await up().compose(['ps', '--format', 'json'])).trim().split('\n').map((line) => JSON.parse(line) as { Service: string; Publishers: { PublishedPort: number; URL: string }[] | null });
      const published = lines.flatMap(({ Service, Publishers }) => (Publishers ?? []).filter(({ PublishedPort }) => PublishedPort > 0).map(({ URL: address }) => `${Service} ${address}`));
      expect(published.sort()).toEqual(['agent 127.0.0.1', 'prometheus 127.0.0.1']);
    });
  });
});
