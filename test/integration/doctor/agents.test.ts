import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type DockerEngine, startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import { type Host, type HostOptions, startHost } from '../../lab/hosts/host.ts';
import { namespaceTopology } from '../../lab/hosts/topology.ts';
import { againIfBusy } from '../../lab/pace.ts';
import { createEndpoints } from '../daemon/stage.ts';
import { diagnose, type ExpectedCause, expectCause } from './diagnosis.ts';
import { activeUnit, type FakePrograms, installFakePrograms } from './fake-programs.ts';

/** Faults of the agent itself: each needs one of its own. */
interface AgentFault extends ExpectedCause {
  readonly name: string;
  readonly options?: Omit<HostOptions, 'engine'>;
  /** Once the agent is connected. */
  readonly produce?: (host: Host, programs: FakePrograms) => Promise<void>;
}

/** The agent's environment where it names files of a lab that is not there yet: filled in by `inLab`. */
const fileEnvironment: Record<string, string> = {};

function inLab(name: string, file: string): (lab: { directory: string }) => string {
  return ({ directory }) => {
    fileEnvironment[name] = join(directory, file);
    return fileEnvironment[name];
  };
}
const exitFile = inLab('LAB_EXIT_ON_FILE', 'exit');
const agentHosts = inLab('LAB_HOSTS', 'agent-hosts');

async function refusal({ service }: Host['lab']): Promise<void> {
  await expect.poll(() => service.record.refusals.length, { timeout: 60_000 }).toBeGreaterThan(0);
}

const stopped = { ...activeUnit, ActiveState: 'inactive', SubState: 'dead', ExecMainCode: '1' };

const faults: readonly AgentFault[] = [
  {
    name: 'the agent was not restarted after the endpoints were created',
    produce: createEndpoints,
    cause: 'agent-path',
    code: 'agent-on-public-path',
    advice: /ecs-privatelinkd restart --if-needed/,
    beside: ['daemon'],
  },
  {
    name: 'the agent is behind a proxy',
    options: {
      agentEnvironment: { HTTPS_PROXY: 'http://user:secret@10.0.0.80:3128' },
      before: async (lab) => void (await lab.startProxy()),
    },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-behind-proxy',
    advice: /NO_PROXY.*systemctl restart ecs/,
  },
  {
    name: 'the agent is set to another region than the instance and its endpoints',
    options: {
      before: async ({ imds, authority, service, topology, dns, hosts }) => {
        imds.change({ region: 'eu-west-1' });
        for (const name of endpointServices) {
          const there = hosts[name].replace('us-east-1', 'eu-west-1');
          await dns.setRecord(there, topology.privateAddresses[name]);
          const certificate = await authority.issue({ names: [there] });
          for (const address of topology.privateAddresses[name]) {
            service.at(address).setCertificate(certificate);
          }
        }
      },
    },
    cause: 'agent-settings',
    code: 'agent-region-differs',
    advice: /Remove AWS_DEFAULT_REGION from \/etc\/ecs\/ecs\.config/,
    beside: ['daemon'],
  },
  {
    name: 'the agent’s region stands in quotes',
    options: {
      agentEnvironment: {
        ECS_BACKEND_HOST: 'ecs.us-east-1.amazonaws.com',
        AWS_DEFAULT_REGION: '"us-east-1"',
      },
    },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-setting-quoted',
    advice: /Write AWS_DEFAULT_REGION=us-east-1 without quotes in \/etc\/ecs\/ecs\.config/,
    beside: ['daemon'],
  },
  {
    name: 'the agent is too old',
    options: { agentEnvironment: { LAB_AGENT_VERSION: '1.24.0' } },
    produce: createEndpoints,
    cause: 'agent-container',
    code: 'agent-too-old',
    advice: /Update the container agent to 1\.25\.1/,
    beside: ['daemon'],
  },
  {
    name: 'the agent asks a public backend host',
    options: { agentEnvironment: { ECS_BACKEND_HOST: 'https://ecs.us-east-1.api.aws' } },
    produce: async (host) => {
      await host.lab.dns.setRecord('ecs.us-east-1.api.aws', ['198.51.100.12']);
      await createEndpoints(host);
    },
    cause: 'agent-settings',
    code: 'agent-backend-public',
    advice: /Remove ECS_BACKEND_HOST from \/etc\/ecs\/ecs\.config/,
    beside: ['daemon'],
  },
  {
    name: 'the agent asks the dual-stack name, which is public',
    options: {
      agentEnvironment: { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      before: ({ dns }) => dns.setRecord('ecs.us-east-1.api.aws', ['198.51.100.12']),
    },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-dual-stack',
    advice: /AWS_USE_DUALSTACK_ENDPOINT/,
    beside: ['daemon'],
  },
  {
    name: 'the agent asks a host that is no endpoint’s',
    options: {
      agentEnvironment: { AWS_ENDPOINT_URL_ECS: 'https://ecs.corp.example' },
      before: async ({ dns, service, authority, hosts }) => {
        const certificate = await authority.issue({ names: [hosts.ecs, 'ecs.corp.example'] });
        service.at('198.51.100.12').setCertificate(certificate);
        await dns.setRecord('ecs.corp.example', ['198.51.100.12']);
      },
    },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-api-elsewhere',
    advice: /Remove AWS_ENDPOINT_URL_ECS from \/etc\/ecs\/ecs\.config/,
    beside: ['daemon'],
  },
  {
    name: 'the agent’s container has the resolv.conf of another day',
    options: {
      before: async (lab) => {
        await lab.startCustomDns();
        await lab.files.setNameservers([lab.topology.customResolver]);
      },
    },
    produce: async (host) => {
      await createEndpoints(host);
      await host.lab.files.setNameservers([host.lab.topology.vpcResolver]);
    },
    cause: 'agent-resolv-conf',
    code: 'agent-resolv-conf-stale',
    advice: /restart --if-needed/,
    beside: ['daemon'],
  },
  {
    name: 'the agent’s container asks another nameserver than the host',
    options: {
      before: async (lab) => void (await lab.startCustomDns()),
      agentHostConfig: { Dns: [namespaceTopology.customResolver] },
    },
    produce: createEndpoints,
    cause: 'judged-by',
    code: 'agent-asks-elsewhere',
    advice: /Let 10\.0\.0\.53 forward .* or take the setting out/,
    beside: ['daemon'],
  },
  {
    name: 'the agent ended with exit code 5',
    options: {
      before: async (lab) => {
        await createEndpoints({ lab });
        exitFile(lab);
      },
      agentEnvironment: fileEnvironment,
    },
    produce: async ({ lab, supervisor }, programs) => {
      writeFileSync(exitFile(lab), '5');
      await supervisor?.ended;
      programs.setUnit({ ...stopped, ActiveState: 'failed', SubState: 'failed', ExecMainStatus: '5' });
    },
    cause: 'agent-container',
    code: 'agent-exit-5',
    advice: /ecs-agent\.log.*systemctl start/,
  },
  {
    name: '`docker stop` of a supervised agent: the unit ended with it',
    options: { before: async (lab) => await createEndpoints({ lab }) },
    produce: async ({ engine, supervisor }, programs) => {
      await engine.docker.getContainer('ecs-agent').stop();
      await supervisor?.ended;
      programs.setUnit(stopped);
    },
    cause: 'ecs-service',
    code: 'unit-stopped',
    advice: /systemctl start ecs-privatelinkd-lab\.service/,
  },
  {
    name: '`docker stop` and `docker start` by hand: unsupervised, without NAT rules',
    produce: async (host, programs) => {
      const { engine, supervisor } = host;
      await engine.docker.getContainer('ecs-agent').stop();
      await supervisor?.ended;
      programs.setUnit(stopped);
      programs.setNatRules(['-P PREROUTING ACCEPT']);
      await createEndpoints(host);
      await engine.docker.getContainer('ecs-agent').start();
      await host.lab.service.waitForConnection(
        ({ kind, scope }) => kind === 'acs' && scope === 'private',
        20_000,
      );
    },
    cause: 'ecs-service',
    code: 'unit-without-agent',
    advice: /systemctl start ecs-privatelinkd-lab\.service/,
  },
  {
    name: 'the ECS API does not answer: the agent never registers',
    options: {
      before: async (lab) => await createEndpoints({ lab }),
      agentEnvironment: { LAB_REGISTRATION_MS: '60000' },
    },
    produce: async ({ lab, engine, agent }) => {
      const { Id: before } = await agent();
      lab.service.setApiMode('hang');
      await engine.docker.getContainer('ecs-agent').kill({ signal: 'SIGKILL' });
      const isNew = async () => {
        const now = await agent().catch(() => undefined);
        return now?.State.Running === true && now.Id !== before;
      };
      await expect.poll(isNew, { timeout: 20_000 }).toBe(true);
    },
    cause: 'introspection',
    code: 'agent-not-registered',
    advice: /ecs-agent\.log.*instance role/,
  },
  {
    name: 'the daemon only says what it would do',
    produce: async (host) => {
      await createEndpoints(host);
      const daemon = host.startDaemon({ 'dry-run': 'true' });
      await daemon.until(({ reason }) => reason.code === 'dry-run');
    },
    cause: 'daemon',
    code: 'daemon-dry-run',
    advice: /ECS_PRIVATELINKD_DRY_RUN=false/,
  },
  {
    name: 'the restarts were used up: the agent’s own settings lead it to the public path',
    options: {
      settings: { 'max-restarts': '1', 'verify-timeout': '2s', 'cool-downs': '1s' },
      // It finds the API at its public address whatever DNS says, and so is told public hosts again.
      before: (lab) => writeFile(agentHosts(lab), `198.51.100.12 ${lab.hosts.ecs}\n`),
      agentEnvironment: fileEnvironment,
    },
    produce: async (host) => {
      await createEndpoints(host);
      const daemon = host.startDaemon();
      await daemon.until(({ reason }) => reason.code === 'restart-did-not-help');
      // Another restart might help now, if there was one left.
      await host.lab.createEndpoint('ecs', host.lab.topology.hubAddresses.ecs);
      await daemon.until(({ reason }) => reason.code === 'attempts-used-up');
    },
    cause: 'daemon',
    code: 'attempts-used-up',
    advice: /restart --if-needed/,
  },
  {
    name: 'a restart did not help: the agent’s own settings lead it to the public path',
    options: {
      settings: { 'verify-timeout': '2s', 'cool-downs': '1s' },
      before: (lab) => writeFile(agentHosts(lab), `198.51.100.12 ${lab.hosts.ecs}\n`),
      agentEnvironment: fileEnvironment,
    },
    produce: async (host) => {
      await createEndpoints(host);
      const daemon = host.startDaemon();
      await daemon.until(({ reason }) => reason.code === 'restart-did-not-help');
    },
    cause: 'daemon',
    code: 'restart-did-not-help',
    advice: /ECS_BACKEND_HOST.*restart --if-needed/,
  },
  ...(['ecs:Poll', 'ecs:DiscoverPollEndpoint', 'ecs:RegisterContainerInstance'] as const).map(
    (action): AgentFault => ({
      name: `the policy of an endpoint lacks ${action}`,
      options: { before: (lab) => createEndpoints({ lab }) },
      produce: async ({ lab, engine }) => {
        lab.service.refuse(action);
        await engine.docker.getContainer('ecs-agent').kill({ signal: 'SIGKILL' });
        await refusal(lab);
      },
      cause: 'agent-path',
      code: 'agent-refused',
      advice: new RegExp(`Allow ${action} in the policy of the interface endpoint`),
    }),
  ),
  {
    name: 'the container instance was deregistered',
    options: { before: async (lab) => await createEndpoints({ lab }) },
    produce: async (host) => {
      host.lab.service.deregister();
      await refusal(host.lab);
    },
    cause: 'agent-path',
    code: 'agent-deregistered',
    advice: /agent\.db/,
  },
];

describe('doctor on agents that are not as they should be', () => {
  let engine: DockerEngine;
  let host: Host | undefined;
  let programs: FakePrograms | undefined;
  beforeAll(async () => {
    engine = await startDockerEngine();
  });
  afterEach(async () => {
    programs?.close();
    await host?.close();
    host = undefined;
    for (const name of Object.keys(fileEnvironment)) delete fileEnvironment[name];
  });
  afterAll(() => engine?.close());

  it.each(faults)('$name: $code is the cause', async ({ options, produce, ...expected }) => {
    host = await startHost({ engine, ...options });
    programs = installFakePrograms(host.lab.directory);
    await produce?.(host, programs);
    const diagnosed = host;
    await againIfBusy(async () => {
      const diagnosis = await diagnose(diagnosed);
      expectCause(diagnosis, expected);
      expect(JSON.stringify(diagnosis)).not.toContain('secret@');
    });
  });
});
