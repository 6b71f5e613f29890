import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemBundles } from '../../../src/endpoints/trust-source.ts';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type DockerEngine, startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import { type Host, type HostOptions, startHost } from '../../lab/hosts/host.ts';
import type { Lab } from '../../lab/hosts/lab.ts';
import { namespaceTopology } from '../../lab/hosts/topology.ts';
import { addLink, removeLink } from '../../lab/link-to-nowhere.ts';
import { againIfBusy } from '../../lab/pace.ts';
import { type Dnsmasq, startDnsmasq } from '../../lab/stand-ins/dns/dnsmasq.ts';
import { createEndpoints } from '../daemon/stage.ts';
import { diagnose, type ExpectedCause, expectCause, seenIn } from './diagnosis.ts';
import { activeUnit, type FakePrograms, installFakePrograms } from './fake-programs.ts';

/** Faults of the agent itself: each needs one of its own. */
interface AgentFault extends ExpectedCause {
  readonly name: string;
  readonly options?: Omit<HostOptions, 'engine'>;
  /** Once the agent is connected. */
  readonly produce?: (host: Host, programs: FakePrograms) => Promise<void>;
  /** Does what the advice says. What the daemon does follows, and then all is well. */
  readonly heeded?: (host: Host, advice: string) => Promise<unknown>;
}

/** Nothing is to be done by hand. */
const leftToTheDaemon = () => Promise.resolve();

/** The agent's variables without the one that the advice takes out of ecs.config. */
function without(variables: Readonly<Record<string, string>>) {
  return async (host: Host, advice: string) => {
    const named = Object.keys(variables).filter((name) => advice.includes(`Remove ${name} `));
    expect(named, advice).toHaveLength(1);
    const left = Object.entries(variables).filter(([name]) => !named.includes(name));
    await host.recreateAgent({ agentEnvironment: Object.fromEntries(left) });
  };
}

/** The agent's variables with the `NAME=VALUE` that the advice writes out. */
function withWritten(name: string, variables: Readonly<Record<string, string>>) {
  return async (host: Host, advice: string) => {
    const value = new RegExp(`${name}=([^\\s)]+?),?[\\s)]`).exec(advice)?.[1];
    expect(value, advice).toBeDefined();
    await host.recreateAgent({ agentEnvironment: { ...variables, [name]: value ?? '' } });
  };
}

const proxied = { HTTPS_PROXY: 'http://user:secret@10.0.0.80:3128' };
const quoted = { ECS_BACKEND_HOST: 'ecs.us-east-1.amazonaws.com', AWS_DEFAULT_REGION: '"us-east-1"' };
const backend = { ECS_BACKEND_HOST: 'https://ecs.us-east-1.api.aws' };
const dualStack = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };
const elsewhere = { AWS_ENDPOINT_URL_ECS: 'https://ecs.corp.example' };

/** The agent's environment where it names files of a lab that is not there yet: filled in by `inLab`. */
const fileEnvironment: Record<string, string> = {};

function inLab(name: string, file: string): (lab: { directory: string }) => string {
  return ({ directory }) => {
    fileEnvironment[name] = join(directory, file);
    return fileEnvironment[name];
  };
}
const exitFile = inLab('LAB_EXIT_ON_FILE', 'exit');
const configFile = inLab('ECS_AGENT_CONFIG_FILE_PATH', 'agent-config.json');
const agentHosts = inLab('LAB_HOSTS', 'agent-hosts');

async function refusal({ service }: Host['lab']): Promise<void> {
  await expect.poll(() => service.record.refusals.length, { timeout: 60_000 }).toBeGreaterThan(0);
}

/** A name that leads to the ECS API, and that nobody would look for there. */
async function foreignApi({ dns, service, authority, hosts }: Lab<Dnsmasq>): Promise<void> {
  const certificate = await authority.issue({ names: [hosts.ecs, 'ecs.corp.example'] });
  service.at('198.51.100.12').setCertificate(certificate);
  await dns.setRecord('ecs.corp.example', ['198.51.100.12']);
}

/** What this machine trusts: a bundle without the lab's authority. */
const hostBundle = systemBundles.find((path) => existsSync(path)) ?? '';
const strangers = ({ directory }: { directory: string }) => join(directory, 'strangers.pem');

const stopped = { ...activeUnit, ActiveState: 'inactive', SubState: 'dead', ExecMainCode: '1' };

const faults: readonly AgentFault[] = [
  {
    name: 'the agent was not restarted after the endpoints were created',
    produce: createEndpoints,
    cause: 'agent-path',
    code: 'agent-on-public-path',
    advice: /ecs-privatelinkd restart --if-needed/,
    beside: ['daemon'],
    heeded: leftToTheDaemon,
  },
  {
    name: 'the records have IPv6 addresses, and this host has no route to them',
    produce: async ({ lab }) => {
      // A host has a default route for IPv4.
      addLink();
      for (const service of endpointServices) {
        const [ipv4 = ''] = lab.topology.privateAddresses[service];
        await lab.createEndpoint(service, [ipv4, '2600:1f16:abc:de00::f0']);
      }
    },
    cause: 'agent-path',
    code: 'agent-on-public-path',
    advice: /ecs-privatelinkd restart --if-needed/,
    beside: ['daemon'],
    heeded: leftToTheDaemon,
  },
  {
    name: 'the agent is behind a proxy',
    options: {
      agentEnvironment: proxied,
      before: async (lab) => void (await lab.startProxy()),
    },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-behind-proxy',
    advice: /NO_PROXY.*systemctl restart ecs/,
    heeded: withWritten('NO_PROXY', proxied),
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
    options: { agentEnvironment: quoted },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-setting-quoted',
    advice: /Write AWS_DEFAULT_REGION=us-east-1 without quotes in \/etc\/ecs\/ecs\.config/,
    beside: ['daemon'],
    heeded: withWritten('AWS_DEFAULT_REGION', quoted),
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
    options: { agentEnvironment: backend },
    produce: async (host) => {
      await host.lab.dns.setRecord('ecs.us-east-1.api.aws', ['198.51.100.12']);
      await createEndpoints(host);
    },
    cause: 'agent-settings',
    code: 'agent-backend-public',
    advice: /Remove ECS_BACKEND_HOST from \/etc\/ecs\/ecs\.config/,
    beside: ['daemon'],
    heeded: without(backend),
  },
  {
    name: 'the agent asks the dual-stack name, which is public',
    options: {
      agentEnvironment: dualStack,
      before: ({ dns }) => dns.setRecord('ecs.us-east-1.api.aws', ['198.51.100.12']),
    },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-dual-stack',
    advice: /AWS_USE_DUALSTACK_ENDPOINT/,
    beside: ['daemon'],
    heeded: without(dualStack),
  },
  {
    name: 'the agent asks a host that is no endpoint’s',
    options: {
      agentEnvironment: elsewhere,
      before: foreignApi,
    },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-api-elsewhere',
    advice: /Remove AWS_ENDPOINT_URL_ECS from \/etc\/ecs\/ecs\.config/,
    beside: ['daemon'],
    heeded: without(elsewhere),
  },
  {
    name: 'ecs.config.json of the agent names a host that is no endpoint’s',
    options: {
      before: async (lab) => {
        await foreignApi(lab);
        writeFileSync(configFile(lab), JSON.stringify({ APIEndpoint: 'https://ecs.corp.example' }));
      },
      agentEnvironment: fileEnvironment,
    },
    produce: createEndpoints,
    cause: 'agent-settings',
    code: 'agent-api-elsewhere',
    advice: /Remove APIEndpoint from \/.*agent-config\.json/,
    beside: ['daemon'],
    heeded: async (host) => {
      writeFileSync(configFile(host.lab), '{}');
      await host.recreateAgent({ agentEnvironment: fileEnvironment });
    },
  },
  {
    name: 'the certificate’s authority is unknown to the agent',
    options: {
      settings: { 'ca-file': '' },
      before: (lab) => {
        copyFileSync(hostBundle, strangers(lab));
        return Promise.resolve();
      },
      agentBinds: (lab) => [`${strangers(lab)}:${systemBundles[0]}:ro`, `${lab.directory}:/etc/ecs:ro`],
    },
    produce: createEndpoints,
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-untrusted',
    advice: /SSL_CERT_FILE=\/etc\/ecs\/ca-bundle\.pem/,
    beside: ['daemon'],
    heeded: async (host, advice) => {
      const [, directory = '', file = ''] = /SSL_CERT_FILE=(\/etc\/ecs)\/(\S+) in/.exec(advice) ?? [];
      copyFileSync(host.lab.caFile, join(host.lab.directory, file));
      await host.recreateAgent({
        agentEnvironment: { SSL_CERT_FILE: `${directory}/${file}` },
        agentBinds: (lab) => [`${strangers(lab)}:${systemBundles[0]}:ro`, `${lab.directory}:${directory}:ro`],
      });
    },
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
    heeded: leftToTheDaemon,
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
    heeded: (host) => host.recreateAgent(),
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

/** DNS servers beside the VPC's. */
const ownServers: Dnsmasq[] = [];
let host: Host | undefined;
let programs: FakePrograms | undefined;
async function closeHost(): Promise<void> {
  programs?.close();
  await host?.close();
  for (const server of ownServers.splice(0)) await server.close();
  removeLink();
  host = undefined;
  for (const name of Object.keys(fileEnvironment)) delete fileEnvironment[name];
}

/** It is found as the cause; and where its advice is taken, nothing is left of it. */
async function expectFound(engine: DockerEngine, fault: AgentFault): Promise<void> {
  const { options, produce, heeded, ...expected } = fault;
  const diagnosed = await startHost({ engine, ...options });
  host = diagnosed;
  programs = installFakePrograms(diagnosed.lab.directory);
  await produce?.(diagnosed, programs);
  let advice = '';
  await againIfBusy(async () => {
    const diagnosis = await diagnose(diagnosed);
    expectCause(diagnosis, expected);
    expect(JSON.stringify(diagnosis)).not.toContain('secret@');
    advice = diagnosis.cause?.advice ?? '';
  });
  if (heeded === undefined) return;
  await heeded(diagnosed, advice);
  const { exitCode, stdout } = await diagnosed.command(['restart', '--if-needed']);
  expect(exitCode, stdout).toBe(0);
  await againIfBusy(async () => {
    const diagnosis = await diagnose(diagnosed);
    expect(diagnosis, seenIn(diagnosis)).toMatchObject({ ok: true, cause: null });
  });
}

/** The names that an own DNS server answered publicly go to the VPC's resolver from now on. */
async function letForward({ topology, hosts }: Host['lab'], server: Dnsmasq): Promise<void> {
  await server.setRecords(Object.fromEntries(Object.values(hosts).map((host) => [host, []])));
  await server.setForward({ 'us-east-1.amazonaws.com': topology.vpcResolver });
}

/** Faults that take an Engine of their own. */
const engineFaults: readonly (AgentFault & {
  readonly flags: readonly string[];
  /** Of this network, before the Engine starts. */
  readonly network?: string;
})[] = [
  {
    name: 'dockerd has a nameserver of its own, which answers publicly',
    flags: ['--dns', namespaceTopology.customResolver, '--dns-opt', 'timeout:1'],
    options: {
      before: async (lab) => {
        ownServers.push(await lab.startCustomDns());
      },
    },
    produce: createEndpoints,
    cause: 'judged-by',
    code: 'agent-asks-elsewhere',
    advice: /Let 10\.0\.0\.53 forward the names to the VPC resolver/,
    beside: ['daemon'],
    heeded: async ({ lab }) => {
      for (const server of ownServers) await letForward(lab, server);
    },
  },
  {
    name: 'the agent has a network of its own, and the host’s nameserver listens on loopback',
    flags: ['--bridge', 'lab-bridge'],
    network: `ip link add lab-bridge type bridge
      ip address add 172.30.0.1/24 dev lab-bridge
      ip link set lab-bridge up
      ip address add 8.8.8.8/32 dev lo
      ip address add 8.8.4.4/32 dev lo`,
    options: {
      before: async (lab) => {
        const { vpcResolver } = lab.topology;
        const forward = { 'amazonaws.com': vpcResolver };
        ownServers.push(await startDnsmasq({ addresses: ['127.0.0.1'], forward }));
        const everybodys = { addresses: ['8.8.8.8', '8.8.4.4'], records: lab.publicRecords() };
        ownServers.push(await startDnsmasq(everybodys));
        await lab.files.setNameservers(['127.0.0.1']);
      },
      agentHostConfig: { NetworkMode: 'bridge' },
    },
    produce: createEndpoints,
    cause: 'judged-by',
    code: 'agent-own-network',
    advice: /Run the agent in the host’s network/,
    beside: ['agent-container'],
    heeded: (host) => host.recreateAgent(),
  },
];

describe('doctor on agents that are not as they should be', () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await startDockerEngine();
  });
  afterEach(closeHost);
  afterAll(() => engine?.close());

  it.each(faults)('$name: $code is the cause', async (fault) => await expectFound(engine, fault));
});

describe('doctor on agents under another Engine', () => {
  let engine: DockerEngine | undefined;
  afterEach(async () => {
    await closeHost();
    await engine?.close();
  });

  it.each(engineFaults)('$name: $code is the cause', async ({ flags, network, ...fault }) => {
    if (network) execFileSync('sh', ['-euc', network]);
    engine = await startDockerEngine(flags);
    await expectFound(engine, fault);
  });
});
