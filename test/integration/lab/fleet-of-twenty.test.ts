import { expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { runCommand } from '../../lab/hosts/machine/command.ts';
import { instanceOf, recordOf } from '../../lab/stand-ins/aws/fleet-world.ts';

/** What `scripts/lab.sh fleet` runs. */
const fleet = (record: object) =>
  runCommand([
    process.execPath,
    inCheckout('test/lab/run-typescript.mjs'),
    inCheckout('test/lab/fleet-of-twenty.ts'),
    JSON.stringify(record),
  ]);

const done = recordOf(instanceOf(0, 'lab'), 'arn:of:the:lab', Date.now());

it.each([
  ['is done', done, 0, 'YES'],
  [
    'waits',
    { ...done, Phase: 'waiting', Reason: 'names-not-private', Path: 'public', NoPublicSince: '' },
    1,
    'NO —',
  ],
  ['has no daemon', { ...done, Cluster: '', InstanceId: '' }, 1, 'NOT KNOWN —'],
])("one of twenty hosts is the lab's, which %s", async (_, record, code, verdict) => {
  const ended = await fleet(record);
  expect(ended, ended.stderr).toMatchObject({ code });
  expect(ended.stdout).toContain(`Agents no longer need NAT: ${verdict}`);
});
