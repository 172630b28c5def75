import { request } from 'node:http';
import { eventually } from '../support/eventually.js';
import { RunningApplication } from '../support/running-application.js';

let service: RunningApplication;
beforeAll(async () => { service = await RunningApplication.start(); });
afterAll(() => service.stop());

/** What a page makes a browser load: scripts, stylesheets, icons, images, and what its styles import. */
function loadedBy(html: string): readonly string[] {
  const tags = html.match(/<(?:script|link|img|iframe|source|use)\b[^>]*>/g) ?? [];
  return [
    ...tags.flatMap((tag) => [...tag.matchAll(/\b(?:src|href)=["']([^"']+)["']/g)].map(([, target = '']) => target)),
    ...inStyles(html),
  ];
}

/** Targets of `url(…)` and `@import` that are not the data itself. */
function inStyles(css: string): readonly string[] {
  return [...css.matchAll(/url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)/g)].map(([, target, imported]) => target ?? imported ?? '').filter((target) => !target.startsWith('data:'));
}

describe('the page', () => {
  it('loads everything from this server, and needs no other', async () => {
    const page = await fetch(`${service.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    const targets = loadedBy(await page.text());
    expect(targets.length).toBeGreaterThanOrEqual(6);
    for (const target of targets) {
      const url = new URL(target, `${service.url}/docs`);
      expect([target, url.origin]).toEqual([target, service.url]);
      const answer = await fetch(url);
      expect([target, answer.status]).toEqual([target, 200]);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
    expect(targets.filter((target) => /\.(?:js|css)$/.test(target))).toHaveLength(4);
  });

  it('has styles that load nothing', async () => {
    expect(inStyles(await (await fetch(`${service.url}/docs/swagger-ui.css`)).text())).toEqual([]);
  });

  it('tells the browser to load from nowhere else, and to run no script of its own', async () => {
    const page = await fetch(`${service.url}/docs`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';.*connect-src 'self'/);
    expect(policy).not.toMatch(/https?:|\*|script-src[^;]*unsafe/);
    expect(await page.text()).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|\son\w+=/);
  });

  it('shows the document that is served, without asking a validator elsewhere', async () => {
    const init = await (await fetch(`${service.url}/docs/swagger-ui-init.js`)).text();
    const options = JSON.parse(init.slice(init.indexOf('let options = ') + 14, init.indexOf('};\n  url = options') + 1)) as { swaggerDoc: object; customOptions: object };
    expect(options.swaggerDoc).toEqual(await (await fetch(`${service.url}/docs/openapi.json`)).json());
    expect(options.customOptions).toMatchObject({ validatorUrl: null });
  });
});

describe('what is not there', () => {
  it.each(['/docs/index.html', '/docs/swagger-ui.js.map', '/docs/swagger-initializer.js', '/docs/LICENSE', '/docs/', '/docs/..%2fpackage.json', '/docs/%2e%2e%2f%2e%2e%2fpackage.json', '/docs/a/b'])('%s is a problem like any other', async (path) => {
    const answer = await raw(path);
    expect([answer.status, answer.type, answer.body]).toEqual([404, 'application/problem+json; charset=utf-8', expect.objectContaining({ code: 'not_found', correlation_id: expect.any(String) })]);
  });

  it('is the page for a method that does not read', async () => {
    expect((await fetch(`${service.url}/docs`, { method: 'POST' })).status).toBe(405);
  });
});

it('a file that the browser has is not sent again', async () => {
  const url = `${service.url}/docs/swagger-ui-bundle.js`;
  const etag = (await fetch(url)).headers.get('etag') ?? '';
  const again = await fetch(url, { headers: { 'if-none-match': etag } });
  expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);
});

it('requests for the page are requests like others, and none to the agent', async () => {
  service.log.clear();
  await fetch(`${service.url}/docs`, { headers: { 'x-correlation-id': 'docs-1' } });
  await eventually(() => service.log.of('http.request_completed').length > 0);
  expect(service.log.of('http.request_completed')).toEqual([expect.objectContaining({ correlation_id: 'docs-1', route: '/docs', level: 'debug' })]);
  expect(service.log.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  expect(service.log.lines.filter(({ event }) => event?.startsWith('agent.'))).toEqual([]);
});

/** With exactly this path: `fetch` would take the dots out of it. */
async function raw(path: string): Promise<{ readonly status: number | undefined; readonly type: string | undefined; readonly body: unknown }> {
  const { hostname, port } = new URL(service.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => { text += piece; }).on('end', () => {
        resolve({ status: response.statusCode, type: response.headers['content-type'], body: text === '' ? undefined : JSON.parse(text) });
      });
    }).on('error', reject).end();
  });
}
