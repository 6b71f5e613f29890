import { type Classification, classify } from '../../endpoints/classify.ts';
import type { DoctorHost, NameserverReading } from '../doctor-host.ts';

/** What one nameserver says of one endpoint's name. */
export interface NamedClass extends Classification {
  readonly host: string;
  readonly nameserver: string;
}

/** The readings, classified: one list per nameserver, in the order of the endpoints' names. */
export async function classified(
  host: Pick<DoctorHost, 'names' | 'privateRule'>,
  readings: readonly NameserverReading[],
): Promise<readonly (readonly NamedClass[])[]> {
  const names = await host.names();
  const rule = await host.privateRule();
  return readings.map(({ nameserver, answers }) =>
    names.flatMap((name, index) => {
      const answer = answers[index];
      if (answer === undefined) return [];
      return [{ ...classify(name.host, answer, rule), host: name.host, nameserver }];
    }),
  );
}

/** The first list in which every name got an answer, else the first of all. */
export function firstUsable(lists: readonly (readonly NamedClass[])[]): readonly NamedClass[] {
  return lists.find((list) => !list.some(isFailed)) ?? lists[0] ?? [];
}

/** What these nameservers say, asked directly. */
export async function answersAt(
  nameservers: readonly string[],
  host: Pick<DoctorHost, 'names' | 'privateRule' | 'ask'>,
  signal: AbortSignal,
): Promise<readonly NamedClass[]> {
  const asked = (await host.names()).map((name) => name.host);
  return firstUsable(
    await classified(host, await Promise.all(nameservers.map((one) => host.ask(one, asked, signal)))),
  );
}

/** Whether a name is private by the one list and not by the other. */
export function isPrivateOnlyBy(one: readonly NamedClass[], other: readonly NamedClass[]): boolean {
  return one.some((seen, index) => seen.class === 'private' && other[index]?.class !== 'private');
}

export function isFailed(one: NamedClass): boolean {
  return one.class === 'failed';
}
