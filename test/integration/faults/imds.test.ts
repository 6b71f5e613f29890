import { expect, it, onTestFinished } from 'vitest';
import type { ImdsFault } from '../../lab/stand-ins/imds/fault.ts';
import { type Imds, startImds } from '../../lab/stand-ins/imds/imds.ts';
import { expectSettled } from '../daemon/stage.ts';
import { describeFaults, expectSaidOnce } from './stage.ts';

/** Longer than the pause before IMDS is asked for the second time, so that it fails twice at least. */
const looks = 12;

interface Case {
  readonly name: string;
  readonly fault: ImdsFault;
  readonly problem: string;
}

const cases: readonly Case[] = [
  { name: '401 to every read', fault: { kind: 'status', status: 401, on: 'read' }, problem: 'imds-refused' },
  { name: '429', fault: { kind: 'status', status: 429 }, problem: 'imds-throttled' },
  {
    name: '503 to every read',
    fault: { kind: 'status', status: 503, on: 'read' },
    problem: 'imds-throttled',
  },
  { name: 'no answer', fault: { kind: 'hang' }, problem: 'imds-timeout' },
  { name: 'answers cut short', fault: { kind: 'cut', on: 'read' }, problem: 'imds-bad-answer' },
  {
    name: 'a page of HTML for a token',
    fault: { kind: 'content', body: '<html><h1>Sign in</h1></html>', on: 'token' },
    problem: 'imds-bad-answer',
  },
  {
    name: 'a page of HTML for every item',
    fault: { kind: 'content', body: '<html><h1>Sign in</h1></html>', on: 'read' },
    problem: 'imds-bad-answer',
  },
];

describeFaults('IMDS fails while the daemon waits', (newHost) => {
  it.each(cases)('$name: said once, and the job is done when it heals', async ({ fault, problem }) => {
    const host = await newHost();
    host.createEndpoints();
    host.lab.imds.addFault(fault);
    const daemon = host.startDaemon();
    expect(await expectSaidOnce(host, daemon, looks)).toEqual([problem]);
    expect(daemon.status()).toMatchObject({ phase: 'waiting', reason: { code: problem }, endpoints: [] });
    host.lab.imds.clearFaults();
    await expectSettled(host, daemon);
    expect(await daemon.event('problem-cleared')).toMatchObject({ problem });
  });

  it('switched off (403 to everything), and on again', async () => {
    const host = await newHost();
    host.createEndpoints();
    host.lab.imds.setMode('off');
    const daemon = host.startDaemon();
    expect(await expectSaidOnce(host, daemon, looks)).toEqual(['imds-refused']);
    host.lab.imds.setMode('required');
    await expectSettled(host, daemon);
  });

  it('nobody listens there', async () => {
    const host = await newHost();
    host.createEndpoints();
    const late = { addresses: [host.lab.topology.proxy], instance: host.lab.imds.instance() };
    const daemon = host.startDaemon({ 'imds-endpoint': `http://${host.lab.topology.proxy}` });
    expect(await expectSaidOnce(host, daemon, looks)).toEqual(['imds-unreachable']);
    const imds: Imds = await startImds(late);
    onTestFinished(() => imds.close());
    await expectSettled(host, daemon);
  });

  it('a burst of refusals that ends by itself', async () => {
    const host = await newHost();
    host.createEndpoints();
    for (const status of [503, 429, 503]) host.lab.imds.addFault({ kind: 'status', status, times: 2 });
    await expectSettled(host, host.startDaemon());
  });

  it('tokens that expire early are renewed without a word', async () => {
    const host = await newHost();
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'public');
    host.lab.imds.expireTokens();
    host.createEndpoints();
    await expectSettled(host, daemon);
    expect(daemon.events.map(({ event }) => event)).not.toContain('problem');
  });

  it('once the instance is known nothing waits for IMDS any more', async () => {
    const host = await newHost();
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'public');
    host.lab.imds.setMode('off');
    host.createEndpoints();
    await expectSettled(host, daemon);
  });
});
