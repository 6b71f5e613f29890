import { describe, expect, it } from 'vitest';
import { preflightFailure } from '../../../src/preflight/preflight-failure.ts';

function error(name: string, message: string, code?: string): Error {
  return Object.assign(new Error(message), { name, ...(code && { code }) });
}

const secret = 'x-amz-security-token:IQoJb3JpZ2luX2VjE';

describe('what follows from an error of the SDK', () => {
  it('is a refusal, with its sentence, for a policy only', () => {
    expect(preflightFailure(error('AccessDeniedException', 'no VPC endpoint policy allows it'))).toEqual({
      outcome: 'refused',
      said: 'no VPC endpoint policy allows it',
    });
  });

  it.each([
    [error('CredentialsProviderError', secret), 'no credentials: CredentialsProviderError'],
    [error('UnrecognizedClientException', secret), 'no credentials: UnrecognizedClientException'],
    [error('InvalidSignatureException', secret), 'credentials or clock are off: InvalidSignatureException'],
    [error('ExpiredTokenException', secret), 'credentials or clock are off: ExpiredTokenException'],
    [error('ThrottlingException', secret), 'throttled: ThrottlingException'],
    [error('TimeoutError', secret), 'the endpoint cannot be reached: no connection in time'],
    [error('TimeoutError', secret, 'ETIMEDOUT'), 'no answer in time'],
    [error('TimeoutError', secret, 'ECONNRESET'), 'the endpoint cannot be reached: ECONNRESET'],
    [error('AbortError', secret), 'no answer in time'],
    [error('Error', secret, 'ECONNRESET'), 'the endpoint cannot be reached: ECONNRESET'],
    [
      error('Error', secret, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      'the endpoint cannot be reached: UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [error('ServerException', secret), 'failed: ServerException'],
    [error(secret, secret, secret), 'failed: error'],
    [secret, 'failed: error'],
  ])('is no answer, and quotes nothing, for %s', (thrown, why) => {
    expect(preflightFailure(thrown)).toEqual({ outcome: 'unanswered', why });
  });
});
