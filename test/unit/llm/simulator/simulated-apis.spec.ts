import { Simulator } from '../../../../src/llm/simulator/simulator.js';

/** A parsed answer; its shape is what the tests are about. */
type Json = ReturnType<typeof JSON.parse>;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await Simulator.start();
});
afterAll(() => simulator.close());

async function get(path: string): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${simulator.url}/simulated${path}`);
  return { status: response.status, body: await response.json() };
}

const geocode = (name: string): Promise<{ status: number; body: Json }> =>
  get(`/open-meteo/geocode/v1/search?name=${encodeURIComponent(name)}&count=1&language=en&format=json`);

describe('simulated geocoding', () => {
  it('finds a city where it is', async () => {
    const { status, body } = await geocode('Paris');
    expect(status).toBe(200);
    expect(body).toMatchObject({ simulated: true, generationtime_ms: expect.any(Number) });
    expect(body.results).toEqual([expect.objectContaining({
      id: expect.any(Number), name: 'Paris', latitude: 48.853, longitude: 2.349, country: 'France', country_code: 'FR', timezone: 'Europe/Paris',
    })]);
  });

  it.each(['paris', 'Paris, France', ' PARIS '])('knows it by "%s" too', async (name) => {
    expect((await geocode(name)).body.results[0].latitude).toBe(48.853);
  });

  it.each(['São Paulo', 'sao paulo', 'new york', 'Springfield', '東京', 'Łódź', "L'Aquila"])('finds %s', async (name) => {
    const [place] = (await geocode(name)).body.results;
    expect(Math.abs(place.latitude)).toBeLessThan(90);
    expect(place.country).not.toBe('');
  });

  it('finds an unknown town at the same place each time', async () => {
    expect((await geocode('Springfield')).body).toEqual((await geocode('Springfield')).body);
  });

  it.each(['Atlantis', '12345', '!!!', '', 'Sector 7', 'qwrtzx', 'x', 'a'.repeat(81)])('has no results for "%s"', async (name) => {
    const { status, body } = await geocode(name);
    expect(status).toBe(200);
    expect(body).toEqual({ generationtime_ms: expect.any(Number), simulated: true });
  });

  it('refuses a search without a name', async () => {
    expect(await get('/open-meteo/geocode/v1/search')).toMatchObject({ status: 400, body: { error: true } });
  });
});

describe('the simulated forecast', () => {
  const CURRENT = 'temperature_2m,relative_humidity_2m,apparent_temperature,weather_code,wind_speed_10m';
  const forecast = (rest: string): Promise<{ status: number; body: Json }> => get(`/open-meteo/v1/forecast?${rest}`);

  it('has the shape of Open-Meteo, with units', async () => {
    const { status, body } = await forecast(`latitude=48.853&longitude=2.349&current=${CURRENT}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      latitude: 48.853, longitude: 2.349, timezone: 'GMT', utc_offset_seconds: 0, simulated: true,
      current_units: { time: 'iso8601', interval: 'seconds', temperature_2m: '°C', relative_humidity_2m: '%', weather_code: 'wmo code', wind_speed_10m: 'km/h' },
      current: { time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/), interval: 900 },
    });
    expect(Object.keys(body.current)).toEqual(['time', 'interval', ...CURRENT.split(',')]);
    expect(body.current.relative_humidity_2m).toBeLessThanOrEqual(100);
  });

  it('depends on the coordinates alone', async () => {
    const query = (latitude: number): string => `latitude=${latitude}&longitude=2&current=${CURRENT}`;
    expect((await forecast(query(48))).body).toEqual((await forecast(query(48))).body);
    expect((await forecast(query(48))).body.current).not.toEqual((await forecast(query(-12))).body.current);
  });

  it('converts units on request', async () => {
    const place = 'latitude=48&longitude=2&current=temperature_2m';
    const celsius = (await forecast(place)).body.current.temperature_2m;
    const { current, current_units: units } = (await forecast(`${place}&temperature_unit=fahrenheit`)).body;
    expect(units.temperature_2m).toBe('°F');
    expect(current.temperature_2m).toBeCloseTo(celsius * 1.8 + 32, 0);
  });

  it.each(['longitude=2', 'latitude=95&longitude=2', 'latitude=48&longitude=x', 'latitude=48&longitude=2&current=mood'])('refuses %s', async (query) => {
    expect(await forecast(query)).toMatchObject({ status: 400, body: { error: true, reason: expect.any(String), simulated: true } });
  });
});

describe('the simulated web search', () => {
  it('has the shape of SearXNG, and says of each result that it is simulated', async () => {
    const { status, body } = await get('/searxng/search?q=tcp%20history&format=json');
    expect(status).toBe(200);
    expect(body).toMatchObject({ query: 'tcp history', simulated: true, answers: [], unresponsive_engines: [] });
    expect(body.results).toHaveLength(3);
    for (const { title, url, content, engine } of body.results) {
      expect(`${title} ${content}`).toMatch(/tcp history.*simulated/);
      expect(content).toContain('simulated');
      expect(new URL(url).hostname).toMatch(/^example\.(com|org|net)$/);
      expect(engine).toBe('simulated');
    }
    expect((await get('/searxng/search?q=tcp%20history&format=json')).body).toEqual(body);
  });

  it('refuses an empty query', async () => {
    expect((await get('/searxng/search?q=%20')).status).toBe(400);
  });
});

it('these services are no requests of the model, and unknown ones are not found', async () => {
  expect(simulator.requestCount).toBe(0);
  expect((await get('/nothing')).status).toBe(404);
  expect((await fetch(`${simulator.url}/simulated/searxng/search?q=x`, { method: 'POST' })).status).toBe(405);
});
