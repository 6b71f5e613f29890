import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { HostOptions } from '../../lab/hosts/host.ts';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from './stage.ts';

const dualStack = 'ecs.us-east-1.api.aws';
const foreign = 'ecs.corp.example';
const publicAddress = '198.51.100.12';

type Prepare = NonNullable<HostOptions['before']>;

const publicNames: Prepare = async ({ dns, service, authority, hosts, topology }) => {
  const certificate = await authority.issue({ names: [hosts.ecs, dualStack, foreign] });
  for (const address of [publicAddress, ...topology.privateAddresses.ecs])
    service.at(address).setCertificate(certificate);
  for (const host of [dualStack, foreign]) await dns.setRecord(host, [publicAddress]);
};

/** What `text` gives stands in the agent's own file of settings, which its container sees where the host has it. */
function withFile(text: (ecs: string) => string): Pick<HostOptions, 'agentEnvironment' | 'before'> {
  const agentEnvironment: Record<string, string> = { AWS_DEFAULT_REGION: '' };
  return {
    agentEnvironment,
    before: async (lab) => {
      await publicNames(lab);
      const path = join(lab.directory, 'ecs.config.json');
      writeFileSync(path, text(lab.hosts.ecs));
      agentEnvironment['ECS_AGENT_CONFIG_FILE_PATH'] = path;
    },
  };
}

describeOnEngine('the host at which the agent asks the ECS API', (newHost) => {
  it.each(['AWS_USE_DUALSTACK_ENDPOINT=true', 'ECS_INSTANCE_IP_COMPATIBILITY=ipv6'])(
    '%s: the dual-stack name is waited for',
    async (setting) => {
      const [name = '', value = ''] = setting.split('=');
      const host = await newHost({ agentEnvironment: { [name]: value }, before: publicNames });
      const daemon = host.startDaemon();
      await createEndpoints(host);
      await daemon.until(({ endpoints }) => endpoints.filter((one) => one.class === 'private').length >= 2);
      // One in vain was made after ten.
      const status = await expectNoRestart(host, daemon, 15);
      expect(status).toMatchObject({ phase: 'waiting' });
      expect(status.endpoints.at(-1)).toMatchObject({ host: dualStack, class: 'public' });
    },
  );

  it.each([
    [
      'AWS_ENDPOINT_URL_ECS',
      { agentEnvironment: { AWS_ENDPOINT_URL_ECS: `https://${foreign}` }, before: publicNames },
    ],
    ['APIEndpoint in', withFile(() => JSON.stringify({ APIEndpoint: `https://${foreign}` }))],
  ] as const)(
    '%s …: a host that is no endpoint’s is never a reason for a restart',
    async (source, options) => {
      const host = await newHost(options);
      const daemon = host.startDaemon();
      await createEndpoints(host);
      await daemon.until(({ endpoints }) => endpoints.filter((one) => one.class === 'private').length >= 2);
      expect((await expectNoRestart(host, daemon)).phase).toBe('waiting');
      await host.lab.dns.setRecord(foreign, host.lab.topology.privateAddresses.ecs);
      await daemon.until(({ phase }) => phase === 'blocked');
      const { reason } = await expectNoRestart(host, daemon);
      expect(reason).toMatchObject({ code: 'agent-api-elsewhere' });
      expect(reason.message).toMatch(new RegExp(`${source}.*${foreign}`));
      expect(reason.advice).toContain('ECS_PRIVATELINKD_ENDPOINT_NAMES');
    },
  );

  it('AWSRegion of ecs.config.json: told where it stands', async () => {
    const host = await newHost(
      withFile((ecs) => JSON.stringify({ APIEndpoint: ecs, AWSRegion: 'eu-west-1' })),
    );
    const daemon = host.startDaemon();
    await createEndpoints(host);
    await daemon.until(({ phase }) => phase === 'blocked');
    const { reason } = await expectNoRestart(host, daemon);
    expect(reason).toMatchObject({ code: 'agent-region-differs' });
    expect(reason.message).toMatch(/eu-west-1 \(AWSRegion in \/.*ecs\.config\.json\)/);
  });

  it('the dual-stack name, private: one restart; none of an agent that was told public hosts all the same', async () => {
    const agentEnvironment: Record<string, string> = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };
    let hosts = '';
    const host = await newHost({
      agentEnvironment,
      before: async (lab) => {
        await publicNames(lab);
        hosts = join(lab.directory, 'agent-hosts');
        agentEnvironment['LAB_HOSTS'] = hosts;
        writeFileSync(hosts, '');
      },
    });
    const daemon = host.startDaemon();
    await createEndpoints(host);
    await host.lab.dns.setRecord(dualStack, host.lab.topology.privateAddresses.ecs);
    expect((await expectSettled(host, daemon)).endpoints.at(-1)).toMatchObject({ host: dualStack });

    writeFileSync(hosts, `${publicAddress} ${dualStack}\n`);
    await host.engine.docker.getContainer('ecs-agent').kill({ signal: 'SIGKILL' });
    await daemon.until(({ reason }) => reason.code === 'agent-told-public-hosts');
    const { reason, restartsTotal } = await daemon.looks(8);
    expect(reason).toMatchObject({ code: 'agent-told-public-hosts' });
    expect(reason.message).toContain('ecs-a-1.us-east-1.amazonaws.com');
    expect(reason.advice).toContain(`${dualStack} (AWS_USE_DUALSTACK_ENDPOINT of the agent)`);
    expect(restartsTotal).toBe(1);
  });
});
