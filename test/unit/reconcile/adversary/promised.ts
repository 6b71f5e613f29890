/** All that is promised, by the name under which a test shows it. */
export const promises = [
  'settled is said only of a process whose private ACS connection was there within 6 minutes',
  'settled is entered only on a private ACS connection that lasts',
  'tcs-on-public-path is said if and only if it is so',
  '"started after the endpoints were private" is said only where it is so',
  'restart-verified is said only of an agent on the private path',
  'waiting is said only while a name is not private',
  'endpoints-withdrawn is said only of endpoints that are withdrawn',
  'blocked is said only for a reason that is true',
  'who restarts the agent is said only where it is so',
  'a restart is made only with all names private and reachable',
  'a restart is made only of an agent that is on the public path',
  'a restart is made only where no guard forbids it',
  'at most one restart is under way',
  'the intent is on disk before the call',
  'an agent that was stopped is up again within 5 minutes',
  'an agent whose unit an operator has stopped since is not started again',
  'a fallback is only for an agent that a restart of the daemon’s own has left down',
  'at most max-restarts for one transition',
  'at most 6 restarts in 24 hours',
  'no restart on the evidence on which one did not help',
  'a dry run does nothing',
  'settled in the end, once all is in order',
  'reasons do not alternate while nothing changes',
  'blocked looks become rare',
  'a request by hand is answered, and not by what it overrides',
] as const;

export type Promised = (typeof promises)[number];

/** The first breach of each promise, in words. */
export class Broken extends Map<Promised, string> {
  add(promised: Promised, how: () => string): void {
    if (!this.has(promised)) this.set(promised, how());
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
