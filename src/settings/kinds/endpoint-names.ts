import { nearest } from '../nearest.ts';
import { reject, type ValueKind } from '../value-kind.ts';
import { listParts } from './basic.ts';
import { parseHost } from './text.ts';

const services = ['ecs-agent', 'ecs-telemetry', 'ecs'] as const;

type Service = (typeof services)[number];

/** Private DNS names by the last part of the endpoint's service name; what is missing is derived as usual. */
export type EndpointNames = { readonly [Name in Service]?: string };

/** `SERVICE=HOST` for some or all of the three interface endpoints. */
export const endpointNames: ValueKind<EndpointNames, ''> = {
  placeholder: 'SERVICE=HOST,…',
  accepted: 'SERVICE=HOST pairs for ecs-agent, ecs-telemetry and ecs, separated by commas',
  unit: '',
  isList: true,
  parse: (text) => {
    const names: { [Name in Service]?: string } = {};
    for (const pair of listParts(text)) {
      const [, name = '', hostText] = /^([^=\s]+)\s*=\s*(\S+)$/.exec(pair) ?? [];
      if (hostText === undefined) return reject(`${pair} is not SERVICE=HOST`);
      const service = services.find((known) => known === name);
      if (service === undefined) return reject(`${name} is not one of the services`, nearest(name, services));
      if (names[service] !== undefined) return reject(`${service} is named twice`);
      const host = parseHost(hostText);
      if (host === undefined) return reject(`${hostText} is not a DNS name`);
      names[service] = host;
    }
    return Object.keys(names).length === 0 ? reject('the list is empty') : { value: names };
  },
  format: (names) =>
    services.flatMap((service) => (names[service] ? [`${service}=${names[service]}`] : [])).join(','),
};
