/** One interface endpoint that the agent uses. */
export interface EndpointServiceRow {
  /** The last part of the endpoint service's name. */
  readonly name: string;
  /** The first label of its private DNS name; another API host may take its place (endpoints/endpoint-names.ts). */
  readonly label: string;
  /** Nothing is done before its name is private and 443 works there. The others are looked at and shown. */
  readonly required: boolean;
}

/** ONE row per endpoint, in the order in which AWS says to create them where container instances already exist. */
const table = [
  { name: 'ecs-agent', label: 'ecs-a', required: true },
  { name: 'ecs-telemetry', label: 'ecs-t', required: true },
  { name: 'ecs', label: 'ecs', required: true },
] as const satisfies readonly EndpointServiceRow[];

export type EndpointService = (typeof table)[number]['name'];

export const endpointServiceTable: readonly (EndpointServiceRow & { readonly name: EndpointService })[] =
  table;

const [first, ...others] = table;

export const endpointServices: readonly [EndpointService, ...EndpointService[]] = [
  first.name,
  ...others.map(({ name }) => name),
];

/** Those without which nothing is done. */
export const requiredServices: readonly EndpointService[] = endpointServiceTable.flatMap(
  ({ name, required }) => (required ? [name] : []),
);

export function isRequired(service: EndpointService): boolean {
  return requiredServices.includes(service);
}
