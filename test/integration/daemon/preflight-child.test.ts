import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TrustChoice, trustSource } from '../../../src/endpoints/trust-source.ts';
import { createImdsClient } from '../../../src/instance/imds-client.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { createAskPreflight } from '../../../src/preflight/ask-preflight.ts';
import type { PreflightAnswer } from '../../../src/preflight/preflight-answer.ts';
import { type Lab, startLab } from '../../lab/hosts/lab.ts';
import { bundle } from '../../lab/program.ts';
import { instanceRole as role } from '../../lab/stand-ins/imds/instance.ts';

describe('the process that asks what the agent will ask', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ dns: 'programmable' });
  });
  afterAll(() => lab.close());
  afterEach(async () => {
    lab.imds.clearFaults();
    lab.imds.setMode('required');
    lab.service.setOthersMode('answer');
    lab.service.allow();
    await lab.service.at(address()).setMode('open');
  });

  const address = () => lab.topology.privateAddresses.ecs[0] ?? '';
  const calls = () => lab.service.record.calls.length;

  async function ask({
    trust = { caFile: lab.caFile } as TrustChoice,
    trustedBefore = trustSource(trust).words,
    at = address(),
    imdsV1Fallback = false,
  } = {}): Promise<PreflightAnswer> {
    lab.imds.change({ role });
    const settings = {
      disabled: false,
      endpoint: lab.imds.endpoint,
      mode: 'ipv4',
      v1Fallback: imdsV1Fallback,
      timeoutMs: 1_000,
      tries: 1,
    } as const;
    const imds = createImdsClient(settings, { clock: systemClock('/proc'), random: Math.random });
    const answer = await createAskPreflight({
      bundle: join(bundle, '../ecs-privatelinkd-ecs.cjs'),
      imds,
      imdsV1Fallback,
      // As with memory that may not be both written and executed.
      flags: ['--jitless'],
    })(
      {
        region: 'us-east-1',
        host: lab.hosts.ecs,
        address: at,
        trust: { words: trustedBefore, by: trust },
        cluster: undefined,
        containerInstanceArn: undefined,
      },
      new AbortController().signal,
    );
    for (const secret of [role.accessKeyId, role.secretAccessKey, role.sessionToken]) {
      expect(JSON.stringify(answer)).not.toContain(secret);
    }
    return answer;
  }

  it('connects to the very address, with the name of the host, and needs neither cluster nor ARN', async () => {
    expect(await ask()).toEqual({ outcome: 'told', acsHost: lab.hosts['ecs-agent'] });
    expect(await ask({ at: lab.topology.publicAddresses.ecs[0] })).toMatchObject({
      outcome: 'told',
      acsHost: expect.stringMatching(/^ecs-a-1\./),
    });
  });

  it('quotes the sentence of a refusal', async () => {
    lab.service.refuse('ecs:DiscoverPollEndpoint');
    expect(await ask()).toMatchObject({
      outcome: 'refused',
      said: expect.stringContaining('no VPC endpoint policy'),
    });
  });

  it('quotes nothing of an error that holds the session token', async () => {
    lab.service.setOthersMode('distrust');
    expect(await ask()).toEqual({
      outcome: 'unanswered',
      why: 'credentials or clock are off: InvalidSignatureException',
    });
  });

  it('quotes no credential from the sentence of a refusal either', async () => {
    lab.service.setOthersMode('echo');
    expect(await ask()).toMatchObject({
      outcome: 'refused',
      said: expect.stringContaining('ecs:DiscoverPollEndpoint; (left out)'),
    });
  });

  it('reads no more of an answer than one has, and waits no longer for it', async () => {
    lab.service.setOthersMode('flood');
    expect(await ask()).toEqual({ outcome: 'unanswered', why: 'failed: AnswerTooLong' });
    for (const mode of ['trickle', 'go-on'] as const) {
      lab.service.setOthersMode(mode);
      expect(await ask()).toEqual({ outcome: 'unanswered', why: 'no answer in time' });
    }
  });

  it.each(['http://127.0.0.1:80/', 'https://127.0.0.1:443/'])(
    'follows no redirect to %s',
    async (redirect) => {
      lab.service.setOthersMode({ redirect });
      const before = calls();
      expect(await ask()).toMatchObject({
        outcome: 'unanswered',
        why: expect.stringMatching(/^failed: \w+$/),
      });
      expect(calls() - before).toBe(1);
    },
  );

  it.each<[string, PreflightAnswer]>([
    ['https://user:hunter2@ecs-a-7.x.example/', { outcome: 'told', acsHost: 'ecs-a-7.x.example' }],
    ['https://ecs-a-7.\u001b[31mx/', { outcome: 'unanswered', why: 'the answer names no host' }],
    ['foo://a\u009b\u202eb/', { outcome: 'told', acsHost: 'a%C2%9B%E2%80%AEb' }],
    [`https://${'a'.repeat(400)}/`, { outcome: 'told', acsHost: `${'a'.repeat(299)}…` }],
  ])('of the endpoint %j takes only a printable host', async (endpoint, answer) => {
    lab.service.setOthersMode({ endpoint });
    expect(await ask()).toEqual(answer);
  });

  it('tries twice at most', async () => {
    lab.service.setOthersMode('throttle');
    const before = calls();
    expect(await ask()).toEqual({ outcome: 'unanswered', why: 'throttled: ThrottlingException' });
    expect(calls() - before).toBe(2);
  });

  it('sends nothing to whom it does not trust', async () => {
    const caFile = join(lab.directory, 'nobody.pem');
    writeFileSync(caFile, '');
    const before = calls();
    expect(await ask({ trust: { caFile } })).toMatchObject({
      outcome: 'unanswered',
      why: expect.stringContaining('the endpoint cannot be reached'),
    });
    expect(calls()).toBe(before);
  });

  it('nor by the host’s authorities, where the agent’s were there a moment ago', async () => {
    const before = calls();
    const root = join(lab.directory, 'ended');
    const trust = { agent: { root, trust: {} } };
    const trustedBefore = "/etc/ssl/cert.pem of the agent's container";
    expect(await ask({ trust, trustedBefore })).toEqual({
      outcome: 'unanswered',
      why: 'whom the agent trusts can no longer be seen',
    });
    expect(calls()).toBe(before);
  });

  it('and to nobody where the port is closed, or there are no credentials', async () => {
    await lab.service.at(address()).setMode('refused');
    expect(await ask()).toEqual({
      outcome: 'unanswered',
      why: 'the endpoint cannot be reached: ECONNREFUSED',
    });
    await lab.service.at(address()).setMode('blackhole');
    expect(await ask()).toEqual({
      outcome: 'unanswered',
      why: 'the endpoint cannot be reached: no connection in time',
    });
    await lab.service.at(address()).setMode('open');
    const before = calls();
    lab.imds.addFault({
      kind: 'status',
      status: 500,
      on: { path: `meta-data/iam/security-credentials/${role.name}` },
    });
    expect(await ask()).toMatchObject({
      outcome: 'unanswered',
      why: expect.stringContaining('no credentials'),
    });
    expect(calls()).toBe(before);
  });

  it('asks IMDS without a session token only where that is allowed', async () => {
    lab.imds.setMode('optional');
    lab.imds.addFault({ kind: 'status', status: 403, on: 'token' });
    expect(await ask()).toMatchObject({ outcome: 'unanswered' });
    expect(await ask({ imdsV1Fallback: true })).toMatchObject({ outcome: 'told' });
  });
});

it.each(['ecs', 'ec2'])('in top the child that asks %s has the name of its parent', async (name) => {
  const child = spawn(process.execPath, [join(dirname(bundle), `ecs-privatelinkd-${name}.cjs`)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  expect(readFileSync(`/proc/${child.pid}/comm`, 'utf8')).toBe('ecs-privatelink\n');
  child.kill();
  await once(child, 'exit');
});
