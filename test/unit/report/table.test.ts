import { describe, expect, it } from 'vitest';
import { layOutRows } from '../../../src/kit/layout.ts';
import { describeEndpoint, describeJudgedBy } from '../../../src/report/status.ts';
import { agentRows, endpointRows, judgedByRows, statusRows } from '../../../src/report/table.ts';
import { endpoint, observe } from '../reconcile/observations.ts';
import { newAgent, restarted, Story } from '../reconcile/story.ts';
import { statusOf } from './stage.ts';

type Shown<Rows extends (...of: never[]) => unknown> = (...of: Parameters<Rows>) => string[];

const endpointLines: Shown<typeof endpointRows> = (all) => layOutRows(endpointRows(all), 80);
const judgedByLines: Shown<typeof judgedByRows> = (by) => layOutRows(judgedByRows(by), 80);
const agentLines: Shown<typeof agentRows> = (agent) => layOutRows(agentRows(agent), 80);
const statusLines: Shown<typeof statusRows> = (status, nowMs) => layOutRows(statusRows(status, nowMs), 80);

function endpointAt(host: string, addresses: readonly string[], reachable?: boolean) {
  const seen = endpoint('ecs-agent', addresses.length > 0 ? 'private' : 'absent', reachable);
  const answers = addresses.map((address) => ({
    address,
    family: 4 as const,
    private: true,
    rule: 'as told',
  }));
  return describeEndpoint({ ...seen, host, addresses: answers });
}

const many = Array.from({ length: 100 }, (_, index) => `10.0.${index}.1`);

function hasRoom(host: string, count: number, width: number): void {
  for (const reachable of [true, false, undefined]) {
    const rows = endpointRows([endpointAt(host, many.slice(0, count), reachable)]);
    const lines = layOutRows(rows, width);
    // A host is longer than the narrowest terminal, and stays in one piece.
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(width, host.length + 2));
    expect(lines.join(' ').match(/10\.0\.\d+\.1\b/g)).toEqual(many.slice(0, count));
    if (width === Number.POSITIVE_INFINITY) expect(lines).toHaveLength(1);
  }
}

describe('the table of the endpoints', () => {
  it('tells what they were judged by, and what the running agent has in its place', () => {
    expect(judgedByLines(describeJudgedBy(observe({ resolverUnknown: true })))).toEqual([
      'judged by  as told: 10.0.0.2 (as told); the running agent asks 10.0.0.53',
      "           hosts: the host's file; trust: as told",
    ]);
    expect(judgedByLines(describeJudgedBy({ ...observe(), endpoints: undefined }))).toEqual([]);
  });

  it('shows name, class, addresses and whether 443 works', () => {
    expect(
      endpointLines([
        endpointAt('ecs-a.us-east-1.amazonaws.com', ['10.0.1.10', '10.0.2.10'], true),
        endpointAt('ecs-t.us-east-1.amazonaws.com', ['10.0.1.11'], false),
        endpointAt('ecs.us-east-1.amazonaws.com', []),
      ]),
    ).toEqual([
      'endpoints  ecs-a.us-east-1.amazonaws.com  private 10.0.1.10 10.0.2.10 · 443 ok',
      '           ecs-t.us-east-1.amazonaws.com  private 10.0.1.11 · 443 FAILS',
      '           ecs.us-east-1.amazonaws.com    absent',
    ]);
    expect(endpointLines([])).toEqual(['endpoints  their names are not known yet']);
  });

  it.each([20, 40, 79, 80, 200, Number.POSITIVE_INFINITY])(
    'has room in %i columns for all addresses',
    (width) => {
      for (const host of ['ecs.eu-west-1.amazonaws.com', 'ecs-a.us-gov-west-1.amazonaws.com']) {
        for (const count of [1, 2, 3, 4, 8, 100]) hasRoom(host, count, width);
      }
    },
  );

  it('goes on beneath the addresses, and on a narrow terminal beneath the name', () => {
    const three = ['10.0.101.10', '10.0.102.10', '10.0.103.10'];
    const rows = endpointRows([endpointAt('ecs-a.us-east-1.amazonaws.com', three, true)]);
    expect(layOutRows(rows, 80)).toEqual([
      'endpoints  ecs-a.us-east-1.amazonaws.com  private 10.0.101.10 10.0.102.10',
      '                                                  10.0.103.10 · 443 ok',
    ]);
    expect(layOutRows(rows, 40)).toEqual([
      'endpoints  ecs-a.us-east-1.amazonaws.com',
      '           private',
      '           10.0.101.10 10.0.102.10',
      '           10.0.103.10 · 443 ok',
    ]);
    const gov = endpointRows([endpointAt('ecs-a.us-gov-west-1.amazonaws.com', ['10.0.1.10'], true)]);
    expect(layOutRows(gov, 40)).toEqual([
      'endpoints',
      '  ecs-a.us-gov-west-1.amazonaws.com',
      '  private',
      '           10.0.1.10 · 443 ok',
    ]);
  });
});

const ecsUnit = {
  name: 'my-ecs.service',
  loaded: true,
  activeState: 'active',
  subState: 'running',
  jobQueued: false,
  mainExitStatus: undefined,
};

describe('the lines about the agent', () => {
  const lines = (sketch: Parameters<typeof observe>[0]) => {
    const story = new Story();
    return agentLines(statusOf(story, observe(sketch)).agent);
  };

  it.each([
    [{}, 'agent      ecs-agent 1.105.1, registered, under ecs-init'],
    [
      { path: 'none', registered: false, supervisor: 'none' },
      'agent      ecs-agent 1.105.1, running, not registered, unsupervised',
    ],
    [
      { supervisor: 'restart-policy' },
      'agent      ecs-agent 1.105.1, registered, with its own restart policy',
    ],
    [{ supervisor: 'unknown' }, 'agent      ecs-agent 1.105.1, registered, supervisor not known'],
    [
      { running: false, exitCode: 137 },
      'agent      ecs-agent 1.105.1, not running (exit code 137), under ecs-init',
    ],
    [{ exists: false }, 'agent      no container'],
    [
      { engineProblem: { code: 'engine-refused', message: 'nothing listens', advice: '' } },
      'agent      cannot be seen: nothing listens',
    ],
  ] as const)('for %j', (agent, expected) => {
    expect(lines({ agent })[0]).toBe(expected);
  });

  it('tell who runs it, with the evidence', () => {
    const [first, , , fourth] = lines({ agent: { supervisor: 'unit', unit: ecsUnit } });
    expect(first).toContain('under my-ecs.service');
    expect(fourth).toBe('run by     seen');
  });

  it('tell its path with the evidence', () => {
    expect(lines({ agent: { path: 'private' } }).slice(1, 3)).toEqual([
      'path       private: seen private',
      'public     no public connection on 443 seen',
    ]);
    expect(lines({ agent: { path: 'private', tcs: 'public', publicSeen: true } })[2]).toBe(
      'public     a public connection on 443 is there (TCS)',
    );
  });
});

describe('the short table of the status', () => {
  it('ends with the phase', () => {
    const story = restarted();
    story.look({ agent: newAgent }, 700);
    story.look({ agent: { ...newAgent, path: 'private' } }, 500);
    story.sketch = { agent: { ...newAgent, path: 'private' } };
    expect(statusLines(statusOf(story), story.wallMs + 3_000).slice(-3)).toEqual([
      'restarts   2023-11-14 22:13:35 UTC, kill: private, connected after 1.2 s',
      'next       look in 2 s',
      'phase      settled for 3 s',
    ]);
  });

  it('tells of log lines that were lost', () => {
    const status = statusOf(new Story());
    const lost = { ...status, daemon: { ...status.daemon, linesLost: 12 } };
    const row = 'log        12 lines lost: standard output was not read (journald?)';
    expect(statusLines(status, 0)).not.toContain(row);
    expect(statusLines(lost, 0)).toContain(row);
  });

  it('tells when a restart is due, and that a run is dry', () => {
    const story = new Story({ splayDelayMs: 6_000_000, dryRun: true });
    story.looks(5);
    const lines = statusLines(statusOf(story), story.wallMs);
    expect(lines).toContain('restarts   none by this daemon');
    expect(lines).toContain('next       restart in 100 min, look in 5 s');
    expect(lines.at(-1)).toBe('phase      scheduled for 10 s (dry run)');
    expect(statusLines(statusOf(story), story.wallMs + 90_000_000).at(-1)).toBe(
      'phase      scheduled for 25 h (dry run)',
    );
  });
});
