import { describe, expect, it } from 'vitest';
import { reportJson, reportLines } from '../../../src/fleet/fleet-report.ts';
import { fleetVerdict } from '../../../src/fleet/verdict.ts';
import { context, instance, minutesAgo, nowMs, reading, recordBy } from './readings.ts';

const advice =
  'Let the subnet of this host in on 443 in the security group of the interface endpoint of ecs-agent.';
const instances = Array.from({ length: 40 }, (_, index) =>
  instance(index, { cluster: index % 2 === 0 ? 'prod' : `a-cluster-with-a-long-name-${'x'.repeat(60)}` }),
);
const records = instances.map((one, index) =>
  index < 20
    ? recordBy(one)
    : recordBy(one, {
        Phase: 'blocked',
        Reason: 'endpoint-tcp-timeout',
        Message:
          index < 35 ? 'ecs-agent does not answer on 443.' : `ecs-agent: 10.0.1.${index} does not answer.`,
        Advice: index < 35 ? advice : '',
      }),
);
const denied = {
  kind: 'denied',
  action: 'cloudtrail:LookupEvents',
  message: 'User: x is not authorized',
} as const;
const readings = [
  reading(
    { instances, records },
    {
      trail: { ...reading({}).trail, failure: denied },
      figures: { told: [{ of: 'nat-gateway', name: 'nat-0a1b2c3d4e5f60718', mostConnections: 212 }] },
    },
  ),
];
const verdict = fleetVerdict(readings, context);

describe('the report', () => {
  it.each([80, 100, 132])('fits %i columns', (width) => {
    const lines = reportLines(verdict, readings, { width, nowMs });
    expect(lines.filter((line) => line.length > width)).toEqual([]);
  });

  it('is neither broken nor cut where nobody looks, and has a line for each host', () => {
    const lines = reportLines(verdict, readings, { width: Number.POSITIVE_INFINITY, nowMs });
    expect(lines).toContain(`  To do, its own daemon says: ${advice}`);
    expect(lines.filter((line) => /^ {2}i-0/.test(line))).toHaveLength(20);
    expect(lines.join('\n')).not.toContain('…');
  });

  it('says once that tasks may need NAT, and the answer', () => {
    const text = reportLines(verdict, readings, { width: 80, nowMs }).join('\n');
    expect(text.match(/image pulls/g)).toHaveLength(1);
    expect(text.match(/Agents no longer need NAT: NO/g)).toHaveLength(1);
  });

  it('names the witness that is missing, and that it is done without', () => {
    const lines = reportLines(verdict, readings, { width: Number.POSITIVE_INFINITY, nowMs });
    expect(lines).toContain(
      'missing, us-east-1: CloudTrail, does without: cloudtrail:LookupEvents is not allowed: User: x is not authorized. Allow cloudtrail:LookupEvents to the role or user that asks: docs/fleet.md has the whole policy.',
    );
  });

  it('as JSON counts what it shows', () => {
    const json = reportJson(verdict, readings, { nowMs, onlyNotDone: false });
    expect(json.counts).toEqual({ hosts: 40, done: 20, notDone: 20, notKnown: 0, leftOut: 0 });
    expect(json.hosts).toHaveLength(40);
    expect(json.hosts[0]?.record).toMatchObject({
      by: 'inventory',
      seenAt: new Date(Date.parse(minutesAgo(20))).toISOString(),
    });
    expect(json.witnesses.filter(({ told }) => !told).map(({ witness }) => witness)).toEqual(['trail']);
    expect(reportJson(verdict, readings, { nowMs, onlyNotDone: true }).hosts).toHaveLength(20);
  });
});
