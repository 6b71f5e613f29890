import { expect, it, onTestFinished } from 'vitest';
import type { EngineFault } from '../../lab/stand-ins/embedded-engine/faults.ts';
import { expectSettled } from '../daemon/stage.ts';
import { describeFaults, expectSaidOnce } from './stage.ts';

const cases: readonly { readonly fault: EngineFault; readonly problem: string }[] = [
  { fault: 'absent', problem: 'engine-missing' },
  { fault: 'refuse', problem: 'engine-refused' },
  { fault: 'hang', problem: 'engine-timeout' },
  { fault: 'html', problem: 'engine-bad-answer' },
  { fault: 'half-json', problem: 'engine-bad-answer' },
  { fault: 'cut', problem: 'engine-error' },
];

const engines = [
  { name: 'Docker 1.12', versions: { minimum: '1.12', maximum: '1.24' } },
  { name: 'Docker 29', versions: { minimum: '1.44', maximum: '1.52' } },
];
const usual = { minimum: '1.12', maximum: '1.41' };

describeFaults('the Docker Engine fails while the daemon waits', (newHost) => {
  it.each(cases)('$fault: said once, and the job is done when it heals', async ({ fault, problem }) => {
    // The supervisor stand-in has no systemd to start it again when its Engine is gone.
    const host = await newHost({ supervision: 'restart-policy' });
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'public');
    await host.engine.faults.set(fault);
    host.createEndpoints();
    expect(await expectSaidOnce(host, daemon)).toContain(problem);
    const status = daemon.status();
    expect(status).toMatchObject({ phase: 'blocked', reason: { code: problem }, agent: { path: 'unknown' } });
    await host.engine.faults.set(undefined);
    await expectSettled(host, daemon);
  });

  it('is not there yet when the daemon starts', async () => {
    const host = await newHost({ supervision: 'restart-policy' });
    host.createEndpoints();
    await host.engine.faults.set('absent');
    const daemon = host.startDaemon();
    expect(await expectSaidOnce(host, daemon)).toEqual(['engine-missing']);
    await host.engine.faults.set(undefined);
    await expectSettled(host, daemon);
  });

  it('closes the event stream over and over: nobody needs to know', async () => {
    const host = await newHost();
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'public');
    const closing = setInterval(() => host.engine.faults.closeEventStreams(), 50);
    onTestFinished(() => clearInterval(closing));
    host.createEndpoints();
    await expectSettled(host, daemon);
    expect(daemon.events.map(({ event }) => event)).not.toContain('event-stream-lost');
  });

  it('gives a page of HTML for events: said once, and looks do without', async () => {
    const host = await newHost();
    await host.engine.faults.set('html', /^\/events/);
    host.createEndpoints();
    const daemon = host.startDaemon();
    await expectSettled(host, daemon);
    await daemon.looks(10);
    expect(daemon.events.filter(({ event }) => event === 'event-stream-lost')).toHaveLength(1);
  });

  it.each(engines)('speaks the API of $name', async ({ versions }) => {
    const host = await newHost();
    onTestFinished(() => host.engine.faults.setApiVersions(usual));
    host.engine.faults.setApiVersions(versions);
    host.createEndpoints();
    const daemon = host.startDaemon();
    await expectSettled(host, daemon);
    expect(daemon.events.map(({ event }) => event)).not.toContain('problem');
  });
});
