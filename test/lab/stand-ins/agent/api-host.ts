/** What decides at which host the agent asks the ECS API. Texts are as they were set. */
export interface ApiHostSettings {
  readonly region: string;
  readonly suffix: string;
  /** `ECS_BACKEND_HOST`, or `APIEndpoint` of ecs.config.json; with or without a scheme; undefined as the next two. */
  readonly backendHost: string | undefined;
  /** `AWS_ENDPOINT_URL_ECS` and `AWS_ENDPOINT_URL`; undefined where the agent is told to ignore them. */
  readonly serviceEndpointUrl: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly useFips: boolean;
  readonly useDualStack: boolean;
}

/**
 * Host (and port, where one is named) of the ECS API as the agent and the AWS SDK for Go v2 choose it: the SDK's own
 * variable for the service, then what the agent was told, then the SDK's variable for all services, then the rules.
 */
export function apiHost(settings: ApiHostSettings): string {
  const told = settings.serviceEndpointUrl ?? settings.backendHost ?? settings.endpointUrl;
  if (told !== undefined) return told.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const service = settings.useFips ? 'ecs-fips' : 'ecs';
  return `${service}.${settings.region}.${settings.useDualStack ? 'api.aws' : settings.suffix}`;
}
