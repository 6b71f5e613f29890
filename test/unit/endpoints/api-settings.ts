import type { ApiSettings, SetText } from '../../../src/endpoints/endpoint-names.ts';

/** An agent that was told nothing of the API's host. */
export const untold: ApiSettings = {
  endpoint: undefined,
  useFips: false,
  useDualStack: false,
  ipCompatibility: undefined,
  refused: undefined,
};

export function byVariable(text: string, name = 'ECS_BACKEND_HOST'): SetText {
  return { text, source: `${name} of the agent` };
}

/** One that was told another host. */
export function toldHost(text: string): ApiSettings {
  return { ...untold, endpoint: byVariable(text) };
}
