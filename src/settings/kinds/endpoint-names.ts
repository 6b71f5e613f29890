import { type EndpointService, endpointServices } from '../endpoint-services.ts';
import { nearest } from '../nearest.ts';
import { reject, type ValueKind } from '../value-kind.ts';
import { listParts } from './basic.ts';
import { parseHost } from './text.ts';

/** Private DNS names by the last part of the endpoint's service name; what is missing is derived as usual. */
export type EndpointNames = { readonly [Name in EndpointService]?: string };

/** `SERVICE=HOST` for some or all of the interface endpoints. */
export const endpointNames: ValueKind<EndpointNames, ''> = {
  placeholder: 'SERVICE=HOST,…',
  accepted: `SERVICE=HOST pairs for ${inWords(endpointServices)}, separated by commas`,
  unit: '',
  isList: true,
  parse: (text) => {
    const names: { [Name in EndpointService]?: string } = {};
    for (const pair of listParts(text)) {
      const [, name = '', hostText] = /^([^=\s]+)\s*=\s*(\S+)$/.exec(pair) ?? [];
      if (hostText === undefined) return reject(`${pair} is not SERVICE=HOST`);
      const service = endpointServices.find((known) => known === name);
      if (service === undefined)
        return reject(`${name} is not one of the services`, nearest(name, endpointServices));
      if (names[service] !== undefined) return reject(`${service} is named twice`);
      const host = parseHost(hostText);
      if (host === undefined) return reject(`${hostText} is not a DNS name`);
      names[service] = host;
    }
    return Object.keys(names).length === 0 ? reject('the list is empty') : { value: names };
  },
  format: (names) =>
    endpointServices.flatMap((service) => (names[service] ? [`${service}=${names[service]}`] : [])).join(','),
};

function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
