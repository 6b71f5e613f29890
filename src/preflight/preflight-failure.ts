import { errorCodeOf } from '../kit/problem.ts';
import { type PreflightAnswer, unanswered } from './preflight-answer.ts';

/** Names of the SDK's errors, and codes of the system's. */
const denied = /^(?:AccessDenied(?:Exception)?|UnauthorizedOperation)$/;
const credentials =
  /^(?:CredentialsProviderError|ProviderError|InstanceMetadataV1FallbackError|UnrecognizedClientException|InvalidClientTokenId|MissingAuthenticationToken(?:Exception)?)$/;
const clock =
  /^(?:ExpiredToken(?:Exception)?|RequestExpired|RequestTimeTooSkewed|InvalidSignatureException|SignatureDoesNotMatch)$/;
const throttled = /^(?:Throttl\w*|TooManyRequestsException|RequestLimitExceeded)$/;
const route = /^(?:AbortError|NetworkingError)$/;
const systemCode = /^(?:E[A-Z]{4,}|[A-Z]+_[A-Z_]+)$/;

/**
 * What follows from what the SDK threw. Only the sentence of a refusal is quoted: that on a wrong signature holds the
 * request, with the session token in it.
 *
 * @param secrets left out of what is quoted: who refuses may quote the request too, such as a proxy that opens TLS
 */
export function preflightFailure(thrown: unknown, secrets: readonly string[] = []): PreflightAnswer {
  const name = thrown instanceof Error ? thrown.name : '';
  const code = errorCodeOf(thrown) ?? '';
  if (denied.test(name)) {
    const said = thrown instanceof Error ? thrown.message : '';
    const without = (text: string, secret: string) => (secret ? text.replaceAll(secret, '(left out)') : text);
    return { outcome: 'refused', said: secrets.reduce(without, said) };
  }
  if (credentials.test(name)) return unanswered(`no credentials: ${name}`);
  if (clock.test(name)) return unanswered(`credentials or clock are off: ${name}`);
  if (throttled.test(name)) return unanswered(`throttled: ${name}`);
  // The SDK gives its own limit on a connection no code, and that on an answer the system's.
  if (name === 'TimeoutError' && code === '') {
    return unanswered('the endpoint cannot be reached: no connection in time');
  }
  if (name === 'TimeoutError' && code === 'ETIMEDOUT') return unanswered('no answer in time');
  if (systemCode.test(code)) return unanswered(`the endpoint cannot be reached: ${code}`);
  if (route.test(name)) return unanswered('no answer in time');
  return unanswered(`failed: ${/^\w{1,64}$/.test(name) ? name : 'error'}`);
}
