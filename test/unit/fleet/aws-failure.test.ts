import { describe, expect, it } from 'vitest';
import { ec2Failure } from '../../../src/ec2/ec2-failure.ts';
import {
  awsFailure,
  awsFailureAdvice,
  awsFailureText,
  failureKinds,
} from '../../../src/fleet/aws-failure.ts';

function thrown(name: string, message = name, code?: string): Error {
  return Object.assign(new Error(message), { name, ...(code && { code }) });
}

describe('an error of AWS', () => {
  it.each([
    ['AccessDeniedException', 'denied'],
    ['UnauthorizedOperation', 'denied'],
    ['ThrottlingException', 'throttled'],
    ['RequestLimitExceeded', 'throttled'],
    ['ExpiredTokenException', 'expired'],
    ['RequestExpired', 'expired'],
    ['CredentialsProviderError', 'no-credentials'],
    ['UnrecognizedClientException', 'no-credentials'],
    ['ClusterNotFoundException', 'not-found'],
    ['TimeoutError', 'unreachable'],
    ['InvalidParameterException', 'failed'],
  ])('%s: %s', (name, kind) => {
    expect(awsFailure('ecs:ListClusters', thrown(name)).kind).toBe(kind);
  });

  it('names the permission that AWS names', () => {
    const message =
      'User: arn:aws:sts::111122223333:assumed-role/operator/me is not authorized to perform: ecs:DescribeClusters on resource: *';
    expect(awsFailure('ecs:ListClusters', thrown('AccessDeniedException', message)).action).toBe(
      'ecs:DescribeClusters',
    );
    expect(awsFailure('ecs:ListClusters', thrown('AccessDeniedException', 'no')).action).toBe(
      'ecs:ListClusters',
    );
  });

  it('of the system or of TLS is one of the way', () => {
    expect(awsFailure('ecs:ListClusters', thrown('Error', 'getaddrinfo ENOTFOUND x', 'ENOTFOUND')).kind).toBe(
      'unreachable',
    );
    expect(
      awsFailure(
        'ecs:ListClusters',
        thrown('Error', 'self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
      ).kind,
    ).toBe('unreachable');
  });

  it('an SSO session that is over has expired', () => {
    const message =
      'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login';
    expect(awsFailure('ecs:ListClusters', thrown('CredentialsProviderError', message)).kind).toBe('expired');
    expect(awsFailure('ecs:ListClusters', new Error('Region is missing')).kind).toBe('no-region');
  });

  it.each(failureKinds)('%s is said in one line, with what to do', (kind) => {
    const failure = { kind, action: 'ecs:ListClusters', message: 'told by AWS' };
    expect(awsFailureText(failure)).not.toMatch(/\n|undefined|\.$/);
    expect(awsFailureAdvice(failure)).toMatch(/\.$/);
  });

  it.each(['InvalidSignatureException', 'SignatureDoesNotMatch', 'IncompleteSignature'])(
    '%s quotes the request: its session token is told neither by fleet and plan nor by doctor',
    (name) => {
      const told = thrown(name, "The Canonical String should have been 'POST x-amz-security-token:s3cret'");
      expect(JSON.stringify([awsFailure('ecs:ListClusters', told), ec2Failure(told)])).not.toContain(
        's3cret',
      );
      expect(awsFailure('ecs:ListClusters', told)).toMatchObject({ kind: 'no-credentials', message: name });
    },
  );

  it('a text of AWS brings nothing onto a terminal', () => {
    expect(awsFailure('ecs:ListClusters', new Error('a\u001b]0;x\u0007b')).message).toBe(
      'a\\u001b]0;x\\u0007b',
    );
    expect(awsFailure('ecs:ListClusters', 'a string').message).toBe('a string');
  });
});
