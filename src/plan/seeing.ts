import { AwsFailureError, askAws } from '../fleet/ask-aws.ts';
import type { FailureKind } from '../fleet/aws-failure.ts';
import { type Seen, seen } from './vpc-facts.ts';

/** What says that nothing at all can be asked, rather than that one thing cannot be seen. */
const fatal: ReadonlySet<FailureKind> = new Set(['no-credentials', 'expired', 'no-region']);

/**
 * Asks AWS for something without which the plan goes on.
 *
 * @param action the IAM action that it needs
 * @throws AwsFailureError where no other call would be answered either, or the signal's reason
 */
export async function seeing<Value>(
  action: string,
  signal: AbortSignal,
  ask: () => Promise<Value>,
): Promise<Seen<Value>> {
  try {
    return seen(await askAws(action, signal, ask));
  } catch (thrown) {
    if (!(thrown instanceof AwsFailureError) || fatal.has(thrown.failure.kind)) throw thrown;
    return unseenBy(thrown.failure);
  }
}

export function unseenBy({
  kind,
  action,
  message,
}: AwsFailureError['failure']): Extract<Seen<never>, { kind: 'unseen' }> {
  if (kind === 'denied') return { kind: 'unseen', why: `${action} is not allowed`, permission: action };
  return { kind: 'unseen', why: `${action}: ${message}` };
}

/**
 * Takes what a list brings, up to a limit.
 *
 * @param pages of one of the SDK's paginators
 */
export async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
  most = 20_000,
): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) {
    found.push(...(itemsOf(page) ?? []));
    if (found.length >= most) break;
  }
  return found.slice(0, most);
}

/** Pages of a list for which the SDK has no paginator; at most 20, far more than AWS has of any. */
export async function* pagesBy<Page extends { readonly NextToken?: string | undefined }>(
  ask: (token: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let token: string | undefined;
  for (let page = 0; page < 20; page += 1) {
    const told = await ask(token);
    yield told;
    token = told.NextToken || undefined;
    if (token === undefined) return;
  }
}
