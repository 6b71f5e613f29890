import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Host } from '../../lab/hosts/host.ts';
import type { ServiceCall } from '../../lab/stand-ins/ecs-service/connection-record.ts';
import { instanceRole as role } from '../../lab/stand-ins/imds/instance.ts';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from './stage.ts';

/** What was asked by somebody who is no agent. */
function questions({ lab }: Host): ServiceCall[] {
  return lab.service.record.calls.filter(({ agentProcess }) => agentProcess === '');
}

/** Command line and variables of every process that there is. */
function processes(): string {
  const read = (pid: string, name: string) => {
    try {
      return readFileSync(join('/proc', pid, name), 'latin1');
    } catch {
      return '';
    }
  };
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => [read(pid, 'cmdline'), read(pid, 'environ')]).join('\n');
}

/** Nothing of the credentials is left anywhere, and nobody but ECS was told. */
function expectNoSecrets(host: Host, ...texts: readonly string[]): void {
  const files = [host.stateDirectory, host.runDirectory].flatMap((directory) =>
    readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8')),
  );
  for (const secret of [role.accessKeyId, role.secretAccessKey, role.sessionToken]) {
    for (const text of [...files, ...texts]) expect(text).not.toContain(secret);
  }
}

describeOnEngine('what the agent will ask', (newHost) => {
  it('is asked through the endpoint with the role of the instance, and hosts that are private lead to a restart', async () => {
    const host = await newHost();
    const { lab } = host;
    lab.imds.change({ role });
    const daemon = host.startDaemon();
    const seen: string[] = [];
    const forget = lab.service.record.onChange(() => {
      if (seen.length === 0 && questions(host).length > 0) seen.push(processes());
    });
    await createEndpoints(host);
    await expectSettled(host, daemon);
    forget();
    expect(questions(host)).toHaveLength(1);
    const [asked] = questions(host);
    expect(asked).toMatchObject({
      operation: 'DiscoverPollEndpoint',
      host: lab.hosts.ecs,
      scope: 'private',
      securityToken: role.sessionToken,
    });
    expect(asked?.authorization).toMatch(
      new RegExp(
        `^AWS4-HMAC-SHA256 Credential=${role.accessKeyId}/\\d{8}/us-east-1/ecs/aws4_request, .*Signature=[0-9a-f]{64}$`,
      ),
    );
    const byAgent = lab.service.record.calls.find(
      ({ operation, agentProcess }) => operation === 'DiscoverPollEndpoint' && agentProcess !== '',
    );
    expect(byAgent).toBeDefined();
    expect(JSON.parse(asked?.body ?? '')).toMatchObject({
      cluster: 'lab',
      containerInstance: expect.stringMatching(/^arn:aws:ecs:us-east-1:\d+:container-instance\/lab\//),
    });
    expect(daemon.events.filter(({ event }) => event === 'preflight-answered')).toMatchObject([
      { outcome: 'told', acsHost: lab.hosts['ecs-agent'], host: lab.hosts.ecs },
    ]);
    // The process that asks was there, and has neither.
    expect(seen[0]).toContain('ecs-privatelinkd-ecs.cjs');
    expectNoSecrets(host, JSON.stringify(daemon.events), daemon.output(), ...seen);
  });

  it('and public hosts forbid it: the service does not see the endpoint', async () => {
    const host = await newHost();
    host.lab.imds.change({ role });
    host.lab.service.setBlind(true);
    const daemon = host.startDaemon();
    await createEndpoints(host);
    await daemon.until(({ reason }) => reason.code === 'preflight-public-hosts');
    const status = await expectNoRestart(host, daemon, 2);
    expect(status).toMatchObject({ phase: 'blocked', agent: { path: 'public' } });
    expect(status.reason.message).toContain(`ecs-a-1.us-east-1.amazonaws.com`);
    // The very same answers: not asked again within a minute.
    expect(questions(host)).toHaveLength(1);
  });

  it('and a refusal forbids it, until the policy of the endpoint allows it', async () => {
    const host = await newHost();
    host.lab.imds.change({ role });
    host.lab.service.refuse('ecs:DiscoverPollEndpoint');
    const daemon = host.startDaemon();
    await createEndpoints(host);
    await daemon.until(({ reason }) => reason.code === 'preflight-refused');
    const { reason } = await expectNoRestart(host, daemon, 2);
    expect(reason.advice).toContain(
      'Allow ecs:DiscoverPollEndpoint in the policy of the interface endpoint ecs.',
    );

    const doctor = await host.command(['doctor', '--json']);
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      cause: { name: 'preflight', code: 'preflight-refused', explains: expect.arrayContaining(['daemon']) },
    });

    // By hand nothing is overridden, and it is asked at once.
    expect(await host.command(['restart', '--if-needed'])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('refused'),
    });
    expect(await host.restarts()).toBe(0);
    host.lab.service.allow('ecs:DiscoverPollEndpoint');
    expect(await host.command(['restart', '--if-needed'])).toMatchObject({ exitCode: 0 });
    await expectSettled(host, daemon);
    expect(questions(host)).toHaveLength(4);
    expectNoSecrets(host, JSON.stringify(daemon.events), daemon.output(), doctor.stdout);
  });

  it('and a refusal of the role does not, where the agent has credentials of its own', async () => {
    const secret = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
    const host = await newHost({
      agentEnvironment: { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: secret },
    });
    host.lab.imds.change({ role });
    host.lab.service.setOthersMode('refuse');
    const daemon = host.startDaemon();
    await createEndpoints(host);
    const status = await expectSettled(host, daemon);
    expect(await daemon.event('preflight-answered')).toMatchObject({
      outcome: 'refused',
      agentCredentials: 'AWS_ACCESS_KEY_ID',
    });
    expect(status.preflight).toMatchObject({
      outcome: 'refused',
      found: expect.stringMatching(/no obstacle .*AWS_ACCESS_KEY_ID/),
    });
    const doctor = await host.command(['doctor', '--json']);
    expect(JSON.stringify(JSON.parse(doctor.stdout))).toContain('preflight-other-credentials');
    for (const text of [
      JSON.stringify(daemon.events),
      daemon.output(),
      JSON.stringify(status),
      doctor.stdout,
    ]) {
      expect(text).not.toMatch(/AKIAIOSFODNN7EXAMPLE|wJalrXUtnFEMI/);
    }
  });

  it('is asked by check where that is asked for, without a daemon', async () => {
    const host = await newHost();
    host.lab.imds.change({ role });
    await createEndpoints(host);
    const seen: string[] = [];
    host.lab.service.record.onChange(() => {
      if (questions(host).length > seen.length) seen.push(processes());
    });
    const check = async (...flags: string[]) => {
      const { exitCode, stdout, stderr } = await host.command(['check', '--json', ...flags], {
        'log-level': 'debug',
      });
      expect(exitCode).toBe(1);
      expectNoSecrets(host, stdout, stderr, ...seen);
      return JSON.parse(stdout);
    };
    expect(await check()).toMatchObject({ reason: { code: 'agent-on-public-path' }, preflight: null });
    expect(questions(host)).toHaveLength(0);
    expect(await check('--ecs')).toMatchObject({
      reason: { code: 'agent-on-public-path' },
      preflight: {
        host: host.lab.hosts.ecs,
        address: expect.stringMatching(/^10\.0\./),
        outcome: 'told',
        found: expect.stringContaining(host.lab.hosts['ecs-agent']),
      },
    });
    expect(questions(host)).toMatchObject([
      { operation: 'DiscoverPollEndpoint', scope: 'private', securityToken: role.sessionToken },
    ]);
    expect(seen.join()).toContain('ecs-privatelinkd-ecs.cjs');
    host.lab.service.refuse('ecs:DiscoverPollEndpoint');
    expect(await check('--ecs')).toMatchObject({
      reason: {
        code: 'preflight-refused',
        advice: expect.stringContaining('Allow ecs:DiscoverPollEndpoint'),
      },
      preflight: { outcome: 'refused', found: expect.stringContaining('no VPC endpoint policy') },
    });
    expect(await host.restarts()).toBe(0);
  });

  it.each([
    ['the instance has no role', undefined, 'answer', /no role/],
    ['nothing comes back', role, 'hang', /no answer in time/],
  ] as const)('and is no obstacle where %s', async (_, has, mode, why) => {
    const host = await newHost();
    host.lab.imds.change({ role: has });
    host.lab.service.setOthersMode(mode);
    const daemon = host.startDaemon();
    await createEndpoints(host);
    const status = await expectSettled(host, daemon);
    const { outcome, why: told } = await daemon.event('preflight-answered');
    expect(outcome).toBe('unanswered');
    expect(told).toMatch(why);
    expect(questions(host).length).toBe(has === undefined ? 0 : 2);
    expectNoSecrets(host, JSON.stringify(daemon.events), daemon.output(), JSON.stringify(status));
  });
});
