import { errorText } from '../ec2/error-text.ts';
import { errorCodeOf } from '../kit/problem.ts';

/** Why AWS did not answer a question. */
export const failureKinds = [
  'denied',
  'throttled',
  'no-credentials',
  'expired',
  'no-region',
  'unreachable',
  'not-found',
  'failed',
] as const;

export type FailureKind = (typeof failureKinds)[number];

export interface AwsFailure {
  readonly kind: FailureKind;
  /** The IAM action that was asked for, or that AWS named as missing: `ecs:ListClusters`. */
  readonly action: string;
  /** One sentence for the operator, without its full stop. */
  readonly message: string;
}

/** Names of errors by kind: those of the services (JSON and query protocols), of the SDK, and codes of the system. */
const namesByKind: Readonly<Record<Exclude<FailureKind, 'failed' | 'no-region'>, readonly string[]>> = {
  denied: [
    'AccessDenied',
    'AccessDeniedException',
    'UnauthorizedOperation',
    'OptInRequired',
    'SubscriptionRequiredException',
    'NotAuthorized',
  ],
  throttled: [
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'RequestThrottled',
    'RateExceeded',
    'BandwidthLimitExceeded',
    'SlowDown',
  ],
  expired: ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'],
  'no-credentials': [
    'CredentialsProviderError',
    'TokenProviderError',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'IncompleteSignature',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'AuthFailure',
  ],
  unreachable: [
    'TimeoutError',
    'NetworkingError',
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EPIPE',
    'EPROTO',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ServiceUnavailable',
    'ServiceUnavailableException',
    'InternalServerError',
    'InternalFailure',
    'ServerException',
  ],
  'not-found': ['ClusterNotFoundException', 'InvalidDocument'],
};

/**
 * What the SDK threw, as an answer.
 *
 * @param action the IAM action that was asked for
 */
export function awsFailure(action: string, thrown: unknown): AwsFailure {
  const name = thrown instanceof Error ? thrown.name : '';
  const text = errorText(thrown, 300);
  const kind = kindOf(name, errorCodeOf(thrown) ?? '', text);
  return { kind, action: kind === 'denied' ? (deniedAction(text) ?? action) : action, message: text || name };
}

function kindOf(name: string, code: string, text: string): FailureKind {
  if (/^Region is missing/.test(text)) return 'no-region';
  // An SSO session that is over comes as an error of the credentials.
  if (name === 'CredentialsProviderError' && /\bexpired\b|session .* invalid/i.test(text)) return 'expired';
  for (const [kind, names] of Object.entries(namesByKind)) {
    if (names.includes(name) || names.includes(code)) return kind as keyof typeof namesByKind;
  }
  return /certificate|self-signed|TLS|SSL/i.test(`${code} ${text}`) ? 'unreachable' : 'failed';
}

/** "… is not authorized to perform: ecs:ListClusters on resource: …" */
function deniedAction(text: string): string | undefined {
  return /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(text)?.[1];
}

/** One line for the operator: what was asked, why it was not answered. */
export function awsFailureText({ kind, action, message }: AwsFailure): string {
  switch (kind) {
    case 'denied':
      return `${action} is not allowed: ${message}`;
    case 'throttled':
      return `${action} was throttled for too long: ${message}`;
    case 'no-credentials':
      return `no valid credentials for ${action}: ${message}`;
    case 'expired':
      return `the session has expired (${action}): ${message}`;
    case 'no-region':
      return 'no region is set';
    case 'unreachable':
      return `AWS cannot be reached (${action}): ${message}`;
    case 'not-found':
    case 'failed':
      return `${action} failed: ${message}`;
  }
}

/** What the operator does about it. */
export function awsFailureAdvice({ kind, action }: AwsFailure): string {
  switch (kind) {
    case 'denied':
      return `Allow ${action} to the role or user that asks: docs/fleet.md has the whole policy.`;
    case 'throttled':
      return 'Ask again in a minute; other tools share the same budget of calls.';
    case 'no-credentials':
      return 'See `aws sts get-caller-identity`; name a profile with --profile, or set AWS_PROFILE.';
    case 'expired':
      return 'Log in again, with IAM Identity Center: `aws sso login`.';
    case 'no-region':
      return 'Name one: --region us-east-1, or AWS_REGION, or the region of the profile.';
    case 'unreachable':
      return 'Check the region, the way to the internet, and that no proxy is needed: none is used.';
    case 'not-found':
      return action === 'ssm:SendCommand'
        ? 'Create the document ecs-privatelinkd-check: docs/fleet.md, "Asking the hosts".'
        : 'Check its name and the region.';
    case 'failed':
      return 'See the message; with AWS_ENDPOINT_URL set, whether that is meant.';
  }
}
