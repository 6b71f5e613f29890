import { describe, expect, it } from 'vitest';
import { endpointServices } from '../../../../src/settings/endpoint-services.ts';
import type { DaemonLife, History } from '../../../lab/faults/history.ts';
import { violations } from '../../../lab/faults/violations.ts';
import type { ServiceConnection } from '../../../lab/stand-ins/ecs-service/connection-record.ts';

const promised = { settleRounds: 3, waitingIntervalMs: 100, maxRestarts: 3 };
const call = 'POST /containers/a1/kill';

/** Answers to all three names, a round each 100 ms from `from` on. */
function rounds(from: number, kinds: readonly History['replies'][number]['kind'][]): History['replies'] {
  return kinds.flatMap((kind, index) =>
    endpointServices.map((service) => ({ at: from + index * 100, service, kind })),
  );
}

const ready = ['not-private', 'private', 'private', 'private'] as const;

/** A daemon that restarts the agent at 1,350 after three rounds. */
const sound: History = {
  replies: rounds(1_000, ready),
  ports: [],
  restarts: [{ at: 1_350, call }],
  agentStarts: [500, 1_900],
  connections: [],
  lives: [{ startedAt: 900, ended: 'not-yet', events: [] }],
};

const acs: ServiceConnection = {
  kind: 'acs',
  host: 'ecs-a-1.us-east-1.amazonaws.com',
  address: '198.51.100.20',
  group: 'ecs-agent-numbered',
  scope: 'public',
  peer: '10.0.0.5:40000',
  agentProcess: 'one',
  openedAt: 600,
  closedAt: undefined,
};

function line(event: string, fields: object = {}): DaemonLife['events'][number] {
  return { event, msg: '', time: '', ...fields };
}

describe('violations', () => {
  it('are none where all promises are kept', () => {
    expect(violations({ ...sound, connections: [acs] }, promised)).toEqual([]);
  });

  it.each<[string, Partial<History>, string]>([
    [
      'too few rounds',
      { replies: rounds(1_100, ['not-private', 'private', 'private']) },
      'ecs-agent was private for 2 of 3 rounds',
    ],
    [
      'a failure in between',
      { replies: rounds(900, ['private', 'private', 'failed', 'private', 'private']) },
      'private for 2 of 3',
    ],
    [
      'looks in quick succession',
      { replies: rounds(1_000, ready).map((reply) => ({ ...reply, at: 1_300 + (reply.at - 1_000) / 10 })) },
      'private for 1 of 3',
    ],
    [
      'rounds of an earlier daemon',
      { lives: [...sound.lives, { startedAt: 1_250, ended: 'not-yet', events: [] }] },
      'private for 1 of 3',
    ],
    [
      'a closed port',
      {
        ports: [
          { at: 1_150, service: 'ecs', open: false },
          { at: 1_310, service: 'ecs', open: true },
        ],
      },
      'port 443 of ecs was closed in round 2 of 3',
    ],
    [
      'an agent on the private path',
      { connections: [{ ...acs, scope: 'private', address: '10.0.1.10' }] },
      'the agent was connected to 10.0.1.10',
    ],
    [
      'an agent that has learnt the names',
      { connections: [{ ...acs, host: 'ecs-a.us-east-1.amazonaws.com', closedAt: 700 }] },
      'the agent had been told ecs-a.us-east-1.amazonaws.com already',
    ],
    [
      'two restarts of one process',
      { restarts: [...sound.restarts, { at: 1_360, call }], agentStarts: [500] },
      'was still under way',
    ],
    [
      'four restarts of one transition',
      {
        restarts: [1_350, 1_450, 1_550, 1_650].map((at) => ({ at, call })),
        agentStarts: [500, 1_400, 1_500, 1_600, 1_700],
      },
      'restart 4 of one transition',
    ],
    ['an end by itself', { lives: [{ startedAt: 900, ended: 'by-itself', events: [] }] }, 'ended by itself'],
    [
      'an unforeseen failure',
      { lives: [{ startedAt: 900, ended: 'killed', events: [line('look-failed', { detail: 'x' })] }] },
      'look-failed: x',
    ],
    [
      'the same thing said twice',
      {
        lives: [
          {
            startedAt: 900,
            ended: 'killed',
            events: [1, 2].map(() => line('problem', { where: 'engine', problem: 'engine-timeout' })),
          },
        ],
      },
      'said engine-timeout of engine twice',
    ],
  ])('%s', (_, changed, expected) => {
    expect(violations({ ...sound, ...changed }, promised).join('\n')).toContain(expected);
  });

  it('start anew with every transition', () => {
    const first = rounds(1_000, ready);
    const later = rounds(2_000, [
      'not-private',
      'not-private',
      'not-private',
      'private',
      'private',
      'private',
    ]);
    const restarts = [1_350, 1_450, 1_550, 2_550].map((at) => ({ at, call }));
    const agentStarts = [500, 1_400, 1_500, 1_600];
    expect(violations({ ...sound, replies: [...first, ...later], restarts, agentStarts }, promised)).toEqual(
      [],
    );
  });

  it('are not seen where the problem had cleared in between', () => {
    const problem = line('problem', { where: 'engine', problem: 'engine-timeout' });
    const events = [problem, line('problem-cleared', { where: 'engine' }), problem];
    expect(violations({ ...sound, lives: [{ startedAt: 900, ended: 'killed', events }] }, promised)).toEqual(
      [],
    );
  });
});
