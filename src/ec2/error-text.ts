import { printable } from '../kit/printable.ts';
import { messageOf } from '../kit/problem.ts';

const ofSignature =
  /^(?:InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|RequestTimeTooSkewed)(?:Exception)?$/;

/**
 * What an error of an AWS SDK says, in one line; it may hold an ARN, never a credential. Of what is wrong with a signature
 * only its name is told: the sentence quotes the request that should have been signed, session token included.
 */
export function errorText(thrown: unknown, maxLength: number): string {
  const name = thrown instanceof Error ? thrown.name : '';
  return ofSignature.test(name) ? name : printable(messageOf(thrown), maxLength);
}
