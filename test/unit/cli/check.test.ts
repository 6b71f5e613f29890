import { describe, expect, it } from 'vitest';
import { check } from '../../../src/cli/check.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Observer } from '../../../src/observe/observer.ts';
import type { AskPreflight } from '../../../src/preflight/ask-preflight.ts';
import type { PreflightAnswer } from '../../../src/preflight/preflight-answer.ts';
import { allPublic, type ObservationSketch, observe } from '../reconcile/observations.ts';
import { Printed, sleepingClock } from './stage.ts';

const never = new AbortController().signal;
const refused: Problem = {
  code: 'engine-refused',
  message: 'nothing listens on the Docker socket',
  advice: 'Start Docker.',
};
const onPath = { agent: { path: 'private' } } as const;

/** Sees the sketches one after the other; throws when asked for more. */
function observerOf(...sketches: readonly ObservationSketch[]) {
  const plans: string[] = [];
  const left = [...sketches];
  const observer: Observer = {
    look: (pace) => {
      plans.push(pace);
      const sketch = left.shift();
      if (!sketch) return Promise.reject(new Error('looked once too often'));
      return Promise.resolve(observe(sketch));
    },
  };
  return { observer, plans };
}

const plain = { json: false, ecs: false };
/** Credentials are used only where that is asked for. */
const askNobody: AskPreflight = () => Promise.reject(new Error('ECS was asked'));

async function checked(sketch: ObservationSketch, json = false) {
  return await checkedBy(observerOf(sketch).observer, { json });
}

async function checkedBy(
  observer: Observer,
  { json = false, answer }: { json?: boolean; answer?: PreflightAnswer } = {},
) {
  const output = new Printed();
  const asked: string[] = [];
  const askPreflight: AskPreflight = (question) => {
    asked.push(`${question.host} at ${question.address}`);
    return answer ? Promise.resolve(answer) : askNobody(question, never);
  };
  const parts = { observer, askPreflight, clock: sleepingClock(), output };
  const code = await check(parts, { json, ecs: answer !== undefined }, never);
  return { code, output, asked };
}

describe('check', () => {
  it('prints the endpoints, the agent and the answer within 80 columns', async () => {
    const { code, output } = await checked(onPath);
    expect(code).toBe(0);
    expect(output.stdout).toBe(
      [
        'endpoints  ecs-agent.us-east-1.amazonaws.com      private 10.0.1.10 · 443 ok',
        '           ecs-telemetry.us-east-1.amazonaws.com  private 10.0.1.10 · 443 ok',
        '           ecs.us-east-1.amazonaws.com            private 10.0.1.10 · 443 ok',
        "judged by  the host's resolv.conf: 10.0.0.2",
        "           hosts: the host's file; trust: as told",
        'agent      ecs-agent 1.105.1, registered, under ecs-init',
        'path       private: seen private',
        'public     no public connection on 443 seen',
        'run by     seen',
        'answer     yes: The agent is on the private path: seen private',
        '',
      ].join('\n'),
    );
    expect(output.stderr).toBe('');
  });

  it('says what to do when the answer is no', async () => {
    const { code, output } = await checked({ classes: ['private', 'absent', 'public'] });
    expect(code).toBe(1);
    expect(output.widest).toBeLessThanOrEqual(80);
    expect(output.stdout).toContain(
      'answer     NO: 1 of 3 names are private; not yet: ecs-telemetry (absent), ecs',
    );
    expect(output.stdout).toMatch(/^to do {6}Create the interface endpoints/m);
  });

  it.each<[string, ObservationSketch, number]>([
    ['on PrivateLink', onPath, 0],
    ['names not private', { classes: allPublic, ...onPath }, 1],
    ['443 closed', { reachable: false }, 1],
    ['agent on the public path', {}, 1],
    ['Engine down', { agent: { engineProblem: refused } }, 69],
    [
      'no permission for the Engine',
      { agent: { engineProblem: { ...refused, code: 'engine-no-permission' } } },
      77,
    ],
  ])('ends, with %s, with the exit code for it', async (_, sketch, expected) => {
    for (const json of [true, false]) expect((await checked(sketch, json)).code).toBe(expected);
  });

  it('ends with 69 when IMDS does not tell the region', async () => {
    const seen = observe(onPath);
    const problem: Problem = { code: 'imds-timeout', message: 'IMDS does not answer', advice: 'Look at it.' };
    const { code, output } = await checkedBy({
      look: async () => ({
        ...seen,
        endpoints: undefined,
        instance: { ...seen.instance, facts: undefined, problem },
      }),
    });
    expect(code).toBe(69);
    expect(output.stdout).toContain('endpoints  their names are not known yet\n');
    expect(output.stdout).toContain('answer     NO: IMDS does not answer\n');
  });

  it('prints the same as JSON, with each endpoint by service, host, class, addresses and reachable', async () => {
    const { output } = await checked({ classes: ['private', 'public', 'failed'] }, true);
    expect(output.json()).toMatchObject({
      version: 1,
      onPrivateLink: false,
      reason: { code: 'dns-servfail', message: 'SERVFAIL', advice: '' },
      instance: { region: 'us-east-1', vpcCidrs: ['10.0.0.0/16'], problem: null },
      endpoints: [
        {
          service: 'ecs-agent',
          host: 'ecs-agent.us-east-1.amazonaws.com',
          class: 'private',
          addresses: ['10.0.1.10'],
          reachable: true,
        },
        { service: 'ecs-telemetry', class: 'public', addresses: ['198.51.100.10'], reachable: null },
        {
          service: 'ecs',
          class: 'failed',
          addresses: [],
          reachable: null,
          problem: { code: 'dns-servfail' },
        },
      ],
      agent: { path: 'public', registered: true },
    });
  });

  describe('--ecs', () => {
    const told = { outcome: 'told', acsHost: 'ecs-a.us-east-1.amazonaws.com' } as const;
    const refusal = { outcome: 'refused', said: 'no VPC endpoint policy allows it' } as const;

    it('asks ECS what a new agent would ask, and tells the answer', async () => {
      const { output, asked } = await checkedBy(observerOf({}).observer, { answer: told });
      expect(asked).toEqual(['ecs.us-east-1.amazonaws.com at 10.0.1.10']);
      expect(output.stdout).toContain(
        'preflight  ECS would send a new agent to ecs-a.us-east-1.amazonaws.com\nanswer     NO: The endpoints are ready',
      );
      const { output: printed } = await checkedBy(observerOf({}).observer, { json: true, answer: told });
      expect(printed.json()).toMatchObject({
        reason: { code: 'agent-on-public-path' },
        preflight: {
          host: 'ecs.us-east-1.amazonaws.com',
          address: '10.0.1.10',
          outcome: 'told',
          found: expect.stringContaining(told.acsHost),
        },
      });
    });

    it.each([
      ['a refusal', refusal, 'preflight-refused'],
      ['public hosts', { ...told, acsHost: 'ecs-a-1.us-east-1.amazonaws.com' }, 'preflight-public-hosts'],
    ] as const)(
      '%s is the reason where the rest is ready, and no advice to restart is given',
      async (_, answer, code) => {
        const { code: exitCode, output } = await checkedBy(observerOf({}).observer, { json: true, answer });
        expect(exitCode).toBe(1);
        expect(output.json()).toMatchObject({ onPrivateLink: false, reason: { code } });
        expect((await checkedBy(observerOf({}).observer, { answer })).output.stdout).not.toContain(
          'The daemon restarts it',
        );
      },
    );

    it('a refusal is told of an agent that is private, which stays a yes', async () => {
      const { code, output } = await checkedBy(observerOf(onPath).observer, { answer: refusal });
      expect(code).toBe(0);
      expect(output.stdout).toMatch(
        /^preflight {2}refused: no VPC endpoint policy allows it\nanswer {5}yes:/m,
      );
    });

    it('names that are not private come first, and nobody is asked at a public address', async () => {
      const { output, asked } = await checkedBy(observerOf({ classes: allPublic }).observer, {
        json: true,
        answer: refusal,
      });
      expect(asked).toEqual([]);
      expect(output.json()).toMatchObject({
        reason: { code: 'names-not-private' },
        preflight: {
          host: null,
          address: null,
          outcome: 'unanswered',
          found: 'not answered, which is no obstacle: no private address of the `ecs` endpoint is known',
        },
      });
    });

    it('is null in JSON where nobody was asked', async () => {
      expect((await checked(onPath, true)).output.json()).toMatchObject({ preflight: null });
    });
  });

  describe('while the path cannot be determined', () => {
    const unknown = { agent: { path: 'unknown', publicSeen: false } } as const;

    it('looks again for a moment, without asking DNS again', async () => {
      const { observer, plans } = observerOf(unknown, unknown, { ...onPath, close: false });
      const sleeps: number[] = [];
      const clock = sleepingClock((ms) => void sleeps.push(ms));
      expect(
        await check({ observer, askPreflight: askNobody, clock, output: new Printed() }, plain, never),
      ).toBe(0);
      expect(plans).toEqual(['close', 'hasty', 'hasty']);
      expect(sleeps).toEqual([700, 700]);
    });

    it('answers no after four seconds', async () => {
      const { observer, plans } = observerOf(...Array.from({ length: 7 }, () => unknown));
      const output = new Printed();
      expect(
        await check({ observer, askPreflight: askNobody, clock: sleepingClock(), output }, plain, never),
      ).toBe(1);
      expect(plans).toHaveLength(7);
      expect(output.stdout).toContain("answer     NO: The agent's path cannot be determined");
    });

    it('does not look again at an Engine that is down', async () => {
      const { observer, plans } = observerOf({ agent: { engineProblem: refused } });
      await check(
        { observer, askPreflight: askNobody, clock: sleepingClock(), output: new Printed() },
        plain,
        never,
      );
      expect(plans).toHaveLength(1);
    });

    it('does not look again while the names of the endpoints are not known', async () => {
      let looks = 0;
      const observer: Observer = {
        look: () => {
          looks += 1;
          return Promise.resolve({ ...observe(unknown), endpoints: undefined });
        },
      };
      await check(
        { observer, askPreflight: askNobody, clock: sleepingClock(), output: new Printed() },
        plain,
        never,
      );
      expect(looks).toBe(1);
    });

    it('ends at once when interrupted', async () => {
      const stop = new AbortController();
      const reason = new Error('SIGINT');
      const clock = sleepingClock(() => stop.abort(reason));
      const { observer } = observerOf(unknown);
      await expect(
        check({ observer, askPreflight: askNobody, clock, output: new Printed() }, plain, stop.signal),
      ).rejects.toBe(reason);
    });
  });
});
