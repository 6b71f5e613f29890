import { errorCodeOf } from '../kit/problem.ts';
import type { Ec2Skip } from './ec2-reading.ts';
import { errorText } from './error-text.ts';

/** Names of the SDK's errors, and codes of the system's. */
const credentials =
  /^(?:CredentialsProviderError|ExpiredToken|RequestExpired|InvalidClientTokenId|TokenRefreshRequired)$/;
const permission = /^(?:UnauthorizedOperation|AccessDenied(?:Exception)?|AuthFailure|OptInRequired)$/;
const route = /^(?:TimeoutError|AbortError|NetworkingError)$/;
const routeCode = /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** Why the EC2 API told nothing, from what the SDK threw. */
export function ec2Failure(thrown: unknown): Ec2Skip {
  const name = thrown instanceof Error ? thrown.name : '';
  const text = errorText(thrown, 200);
  const skip = (code: Ec2Skip['code'], why: string): Ec2Skip => ({ kind: 'skipped', code, why });
  if (credentials.test(name)) return skip('ec2-no-credentials', `no valid AWS credentials: ${text}`);
  if (permission.test(name)) return skip('ec2-no-permission', text);
  if (route.test(name) || routeCode.test(errorCodeOf(thrown) ?? '')) {
    return skip('ec2-no-route', `the EC2 API cannot be reached: ${text}`);
  }
  return skip('ec2-failed', `${name || 'error'}: ${text}`);
}
