import { expect, it } from 'vitest';
import { createImdsClient } from '../../../src/instance/imds-client.ts';
import { createInstanceReader } from '../../../src/instance/instance-reader.ts';
import type { Observation } from '../../../src/observe/observation.ts';
import { paces } from '../../../src/observe/pace.ts';
import { changesBetween } from '../../../src/report/changes.ts';
import { createLog } from '../../../src/report/logger.ts';
import { createTold } from '../../../src/report/told.ts';
import { createFakeClock } from '../instance/fake-clock.ts';
import { describeInstance, type Fault, startFakeImds } from '../instance/fake-imds.ts';
import { observe } from '../reconcile/observations.ts';
import { Story } from '../reconcile/story.ts';
import { statusOf } from './stage.ts';

const never = new AbortController().signal;

/** An IMDS (or what stands in its place) that sends back what it was sent. */
const faults: readonly (Fault | undefined)[] = [
  undefined,
  { status: 400, body: 'token-1== token-2==' },
  { status: 401, body: 'token-1== token-2==' },
  { status: 403, body: 'token-1== token-2==' },
  { status: 429, body: 'token-1== token-2==', headers: { 'x-echo': 'token-1==' } },
  { status: 503, body: 'token-1== token-2==' },
  'cut',
  'reset',
  'not-http',
];

it('neither log nor status ever holds a session token of IMDS', async () => {
  const fake = await startFakeImds();
  try {
    describeInstance(fake);
    const clock = createFakeClock();
    const dependencies = { clock, random: () => 1 };
    const lines: string[] = [];
    for (const format of ['json', 'text'] as const) {
      const log = createLog(
        { level: 'trace', format, priorityPrefix: true, version: '0.1.0' },
        (line) => lines.push(line) > 0,
      );
      for (const fault of faults) {
        const imds = createImdsClient(
          { disabled: false, endpoint: fake.endpoint, mode: 'ipv4', v1Fallback: false, timeoutMs: 2_000 },
          dependencies,
        );
        const reader = createInstanceReader({ imds, overrides: {}, ...dependencies });
        fake.fault = () => undefined;
        let before: Observation = { ...observe(), instance: await reader.look(paces.close, never) };
        fake.fault = (request) => (request.startsWith('GET') ? fault : undefined);
        // Past the age at which everything is read again.
        clock.advance(3_600_000);
        const told = createTold();
        for (let count = 0; count < 2; count += 1) {
          const after: Observation = { ...before, instance: await reader.look(paces.close, never) };
          for (const { code, fields } of changesBetween(before, after, told)) log(code, fields);
          const story = new Story();
          story.look();
          lines.push(JSON.stringify(statusOf(story, after)));
          before = after;
        }
      }
    }
    expect(lines.filter((line) => line.includes('"problem"')).length).toBeGreaterThan(faults.length);
    expect(fake.requests.filter((request) => request.startsWith('PUT')).length).toBeGreaterThan(
      faults.length,
    );
    for (const line of lines) expect(line).not.toMatch(/token-\d/);
  } finally {
    await fake.close();
  }
});
