import { ProblemError } from '../kit/problem.ts';

/** Which of the two link-local addresses of IMDS to use (`AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`). */
export type ImdsEndpointMode = 'ipv4' | 'ipv6';

const defaultEndpoints = {
  ipv4: 'http://169.254.169.254',
  ipv6: 'http://[fd00:ec2::254]',
} as const satisfies Record<ImdsEndpointMode, string>;

/**
 * Origin (and path, if any) under which `/latest/…` is asked, without a trailing slash. An `endpoint` set by
 * hand (`AWS_EC2_METADATA_SERVICE_ENDPOINT`) wins over the mode, as in the AWS SDKs.
 * @throws ProblemError `imds-bad-endpoint` when the endpoint is not an `http:` URL.
 */
export function imdsEndpoint(endpoint: string | undefined, mode: ImdsEndpointMode): string {
  if (endpoint === undefined || endpoint === '') return defaultEndpoints[mode];
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== 'http:') {
    throw new ProblemError({
      code: 'imds-bad-endpoint',
      message: `The IMDS endpoint ${JSON.stringify(endpoint)} is not an http:// URL`,
      advice:
        'Correct AWS_EC2_METADATA_SERVICE_ENDPOINT (for example http://169.254.169.254 or ' +
        'http://[fd00:ec2::254]), or leave it unset.',
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
