import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import type { DaemonLife, History } from './history.ts';
import { type Promised, roundsIn, tooMany, transitionEnds, whileUnderWay } from './promises.ts';

/** The nameserver's clock is read before an answer is sent, the daemon's after it has come. */
const clockSlackMs = 15;

/** Every promise that was broken in this history, in words. Pure. */
export function violations(history: History, promised: Promised): string[] {
  return [
    ...history.restarts.flatMap(({ at, call }) =>
      unready(history, promised, at).map((what) => `${call}: ${what}`),
    ),
    ...history.restarts.flatMap(({ at, call }) => needless(history, at).map((what) => `${call}: ${what}`)),
    ...whileUnderWay(history.restarts, history.agentStarts).map(
      ({ restart, earlier }) => `${restart.call}: ${earlier.call} was still under way`,
    ),
    ...tooMany(history.restarts, endsOf(history, promised), promised).map(
      ({ restart, count }) => `${restart.call}: restart ${count} of one transition`,
    ),
    ...history.lives.flatMap(misbehaviour),
  ];
}

/** Never a restart while not all names were private and reachable for so many rounds. */
function unready(history: History, promised: Promised, at: number): string[] {
  const { settleRounds } = promised;
  const life = history.lives.findLast(({ startedAt }) => startedAt <= at);
  const runs = endpointServices.map((service) => {
    const own = history.replies.filter(
      (reply) =>
        reply.service === service &&
        reply.kind !== 'none' &&
        reply.at <= at &&
        reply.at >= (life?.startedAt ?? at),
    );
    return own.slice(own.findLastIndex(({ kind }) => kind !== 'private') + 1).map((reply) => reply.at);
  });
  const found: string[] = [];
  for (const [index, run] of runs.entries()) {
    const rounds = roundsIn(run, promised, clockSlackMs);
    if (rounds < settleRounds) {
      found.push(`${endpointServices[index]} was private for ${rounds} of ${settleRounds} rounds`);
    }
  }
  const looks = (runs[0] ?? []).slice(-settleRounds);
  for (const [index, look] of looks.entries()) {
    for (const service of endpointServices) {
      if (!wasOpen(history, service, look, looks[index + 1] ?? at)) {
        found.push(`port 443 of ${service} was closed in round ${index + 1} of ${settleRounds}`);
      }
    }
  }
  return found;
}

function wasOpen({ ports }: History, service: string, from: number, to: number): boolean {
  const own = ports.filter((port) => port.service === service && port.at <= to);
  const atStart = own.findLast((port) => port.at <= from);
  return (atStart?.open ?? true) || own.some((port) => port.at > from && port.open);
}

/** Never a restart of an agent that is on the private path, or that has learnt the names that lead there. */
function needless({ agentStarts, connections, replies }: History, at: number): string[] {
  // The look that decided began with this answer.
  const decidedAt = replies.findLast((reply) => reply.service === 'ecs-agent' && reply.at <= at)?.at ?? at;
  const startedAt = agentStarts.findLast((start) => start <= at) ?? 0;
  const own = connections.filter(
    ({ kind, openedAt }) => kind === 'acs' && openedAt >= startedAt && openedAt < decidedAt,
  );
  const open = own.find(({ scope, closedAt }) => scope === 'private' && (closedAt ?? at) >= at);
  if (open) return [`the agent was connected to ${open.address}`];
  const learnt = own.find(({ host }) => host.startsWith('ecs-a.'));
  return learnt ? [`the agent had been told ${learnt.host} already`] : [];
}

/** When a name was no longer private for so long that a transition was over. */
function endsOf({ replies }: History, promised: Promised): number[] {
  return endpointServices.flatMap((service) =>
    transitionEnds(
      replies
        .filter((reply) => reply.service === service && reply.kind !== 'none')
        .map(({ at, kind }) => ({ at, notPrivate: kind === 'not-private' })),
      promised,
    ),
  );
}

/** The daemon never ends by itself, has no unforeseen failures, and says each thing once. */
function misbehaviour({ ended, events, startedAt }: DaemonLife): string[] {
  const who = `the daemon of ${new Date(startedAt).toISOString()}`;
  const found = ended === 'by-itself' ? [`${who} ended by itself`] : [];
  const standing = new Map<unknown, unknown>();
  for (const { event, where, problem, detail } of events) {
    if (event === 'look-failed') found.push(`${who}: look-failed: ${detail}`);
    if (event === 'problem-cleared') standing.delete(where);
    if (event !== 'problem') continue;
    if (standing.get(where) === problem) found.push(`${who} said ${problem} of ${where} twice`);
    standing.set(where, problem);
  }
  return found;
}
