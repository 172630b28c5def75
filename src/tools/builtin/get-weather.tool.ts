import * as z from 'zod';
import { Failure } from '../../kernel/failure.js';
import { Tool } from '../tool.decorator.js';
import { ToolHandler, type ToolContext } from '../tool-handler.js';
import { ToolEndpoints } from '../tool-endpoints.js';
import { upstreamLine } from '../upstream-json.js';
import { currentWeather, findPlace } from './weather/open-meteo.js';
import { weatherInWords } from './weather/weather-in-words.js';

const Input = z.object({
  location: z.string().trim().min(1).max(200).describe('A town or place, for example "Paris"; "Paris, Texas" names the one that is meant'),
});

/** Asks Open-Meteo for the weather of now: first where the place is, then how it is there. */
@Tool({
  name: 'get_weather',
  description: 'Tells the present weather at a place: temperature, sky, precipitation, humidity and wind. It knows no forecast.',
  input: Input,
  criticality: 'optional',
  sideEffect: 'none',
})
export class GetWeatherTool extends ToolHandler<z.infer<typeof Input>> {
  constructor(private readonly endpoints: ToolEndpoints) {
    super();
  }

  /** @throws Failure `not_found` for an unknown place, or as fetchJson does. */
  override async run({ location }: z.infer<typeof Input>, { signal }: ToolContext): Promise<string> {
    const place = await findPlace(this.endpoints, location, signal);
    if (!place) {
      throw new Failure('place_not_found', { errorType: 'not_found', publicMessage: `No place called "${upstreamLine(location, 100)}" was found.` });
    }
    const weather = await currentWeather(this.endpoints, place.value, signal);
    const prefix = place.simulated || weather.simulated ? 'Simulated weather, not real: ' : '';
    return `${prefix}${weatherInWords(place.value, weather.value)}`;
  }
}
