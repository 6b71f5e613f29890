import { execFileSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import type { CheckName } from '../../../src/config/check-names.ts';
import type { EndpointService } from '../../../src/endpoints/endpoint-observation.ts';
import { endpointServices } from '../../../src/endpoints/endpoint-observation.ts';
import type { DnsBehaviour } from '../../lab/dns/behaviour.ts';
import { startProgrammableDns } from '../../lab/dns/programmable.ts';
import type { AddressMode } from '../../lab/ecs-service/service-address.ts';
import type { Host, Settings } from '../../lab/host.ts';
import { activeUnit, type FakePrograms } from './fake-programs.ts';

/** Where a fault is brought about: a healthy host, whose agent is on the private path. */
export interface Scene {
  readonly host: Host;
  readonly programs: FakePrograms;
  /** Undone after the test, last first. */
  undo(step: () => unknown): void;
}

/** Something that goes wrong, and what doctor must make of it. */
export interface Fault {
  readonly name: string;
  /** Brings it about; may give settings for the command. */
  readonly produce: (scene: Scene) => Promise<Settings | undefined>;
  readonly cause: CheckName;
  readonly code: string;
  /** What the advice must name. */
  readonly advice: RegExp;
  /** Other roots that the fault has by its nature. */
  readonly beside?: readonly CheckName[];
}

const vpc = 'vpc-0f1e2d3c4b5a69788';

async function withdraw(scene: Scene, ...services: readonly EndpointService[]): Promise<undefined> {
  const { lab } = scene.host;
  for (const service of services) {
    scene.undo(() => lab.createEndpoint(service));
    await lab.withdrawEndpoint(service);
  }
  return undefined;
}

async function setPort(
  { host, undo }: Scene,
  mode: AddressMode,
  addresses: readonly string[],
): Promise<undefined> {
  for (const address of addresses) {
    const at = host.lab.service.at(address);
    undo(() => at.setMode('open'));
    await at.setMode(mode);
  }
  return undefined;
}

function privateAddresses({ host }: Scene): readonly string[] {
  return endpointServices.flatMap((service) => host.lab.topology.privateAddresses[service]);
}

/** The host asks a DNS server of the VPC's owner that does this with every name of the lab. */
async function customDns(scene: Scene, behaviour: DnsBehaviour, besides: readonly string[] = []): Promise<undefined> {
  const { lab } = scene.host;
  const dns = await startProgrammableDns({ addresses: [lab.topology.customResolver] });
  for (const host of Object.values(lab.hosts)) dns.program(host, behaviour);
  scene.undo(() => lab.files.setNameservers([lab.topology.vpcResolver]));
  scene.undo(() => dns.close());
  await lab.files.setNameservers([lab.topology.customResolver, ...besides]);
  return undefined;
}

function imdsFault(fault: Parameters<Host['lab']['imds']['addFault']>[0]): Fault['produce'] {
  return async ({ host, undo }) => {
    undo(() => host.lab.imds.clearFaults());
    host.lab.imds.addFault(fault);
    return undefined;
  };
}

/** IMDS through a relay that tells another time. */
async function relayImds({ host, undo }: Scene, aheadMs: number): Promise<Settings> {
  const relay = createServer((incoming, outgoing) => {
    const upstream = request(`${host.lab.imds.endpoint}${incoming.url}`, { method: incoming.method ?? 'GET', headers: incoming.headers });
    upstream.on('response', (answer) => {
      const headers = { ...answer.headers, date: new Date(Date.now() + aheadMs).toUTCString() };
      outgoing.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(outgoing);
    });
    upstream.end();
  });
  await new Promise<void>((resolve) => relay.listen(8_169, '127.0.0.1', resolve));
  undo(() => {
    relay.closeAllConnections();
    return new Promise((resolve) => relay.close(resolve));
  });
  return { 'imds-endpoint': 'http://127.0.0.1:8169' };
}

async function showCertificate({ host, undo }: Scene, certificate: 'other-name' | 'expired' | 'untrusted'): Promise<Settings | undefined> {
  const { authority, service, topology, hosts } = host.lab;
  if (certificate === 'untrusted') return { 'ca-file': '/etc/ssl/certs/ca-certificates.crt' };
  const right = await authority.issue({ names: [hosts['ecs-agent']] });
  const wrong = await authority.issue(
    certificate === 'expired'
      ? { names: [hosts['ecs-agent']], expired: true }
      : { names: ['web.example.com'] },
  );
  for (const address of topology.privateAddresses['ecs-agent']) {
    undo(() => service.at(address).setCertificate(right));
    service.at(address).setCertificate(wrong);
  }
  return undefined;
}

async function listenOnSocket({ host, undo }: Scene, name: string, body: string | undefined): Promise<Settings> {
  const path = join(host.lab.directory, name);
  const server = createServer((_, response) => {
    if (body !== undefined) response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  undo(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { 'docker-host': `unix://${path}` };
}

export const faults: readonly Fault[] = [
  // Considerations of the seed
  {
    name: 'no endpoint exists',
    produce: (scene) => withdraw(scene, ...endpointServices),
    cause: 'endpoints-complete',
    code: 'endpoints-missing',
    advice: new RegExp(`create-vpc-endpoint --region us-east-1 --vpc-id ${vpc}.*--private-dns-enabled`),
  },
  {
    name: 'the third endpoint is missing',
    produce: (scene) => withdraw(scene, 'ecs'),
    cause: 'endpoints-complete',
    code: 'endpoints-missing',
    advice: /--service-name com\.amazonaws\.us-east-1\.ecs /,
  },
  {
    name: 'one endpoint in the middle is missing',
    produce: (scene) => withdraw(scene, 'ecs-telemetry'),
    cause: 'endpoints-complete',
    code: 'endpoints-out-of-order',
    advice: /com\.amazonaws\.us-east-1\.ecs-telemetry now.*--service-name com\.amazonaws\.us-east-1\.ecs-telemetry/,
  },
  {
    name: 'only the ecs endpoint exists: the wrong order',
    produce: (scene) => withdraw(scene, 'ecs-agent', 'ecs-telemetry'),
    cause: 'endpoints-complete',
    code: 'endpoints-out-of-order',
    advice: /com\.amazonaws\.us-east-1\.ecs-agent, com\.amazonaws\.us-east-1\.ecs-telemetry now/,
  },
  {
    name: 'the endpoints are looked for in another region',
    produce: async () => ({ region: 'eu-west-1' }),
    cause: 'region-and-suffix',
    code: 'region-differs',
    advice: /Remove ECS_PRIVATELINKD_REGION=eu-west-1 \(it comes from: environment ECS_PRIVATELINKD_REGION\).*us-east-1/,
  },
  {
    name: 'a custom DNS server does not forward to the VPC resolver',
    produce: async (scene) => {
      const { lab } = scene.host;
      await lab.startCustomDns();
      scene.undo(() => lab.files.setNameservers([lab.topology.vpcResolver]));
      await lab.files.setNameservers([lab.topology.customResolver]);
      return undefined;
    },
    cause: 'dns-vpc-view',
    code: 'custom-dns-not-forwarding',
    advice: /On 10\.0\.0\.53 forward ecs-a\.us-east-1.*server=\/ecs-a\.us-east-1\.amazonaws\.com\/169\.254\.169\.253/,
  },
  {
    name: 'the security group of all endpoints is closed',
    produce: (scene) => setPort(scene, 'blackhole', privateAddresses(scene)),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tcp-timeout',
    advice: /security group.*authorize-security-group-ingress --group-id GROUP_ID --protocol tcp --port 443/,
  },
  {
    name: 'the security group of one endpoint is closed',
    produce: (scene) => setPort(scene, 'blackhole', scene.host.lab.topology.privateAddresses['ecs-telemetry']),
    cause: 'endpoint-ecs-telemetry',
    code: 'endpoint-tcp-timeout',
    advice: /com\.amazonaws\.us-east-1\.ecs-telemetry.*authorize-security-group-ingress/,
  },
  // DNS
  {
    name: 'the nameserver answers SERVFAIL',
    produce: (scene) => customDns(scene, { outcome: 'servfail' }),
    cause: 'dns-host-view',
    code: 'dns-servfail',
    advice: /forwarding to the VPC resolver/,
  },
  {
    name: 'the nameserver answers REFUSED',
    produce: (scene) => customDns(scene, { outcome: 'refused' }),
    cause: 'dns-host-view',
    code: 'dns-refused',
    advice: /access list/,
  },
  {
    name: 'the nameserver is silent',
    produce: (scene) => customDns(scene, { outcome: 'silence' }),
    cause: 'dns-host-view',
    code: 'dns-timeout',
    advice: /nameservers in resolv\.conf run.*53/,
  },
  {
    name: 'nothing listens at the nameserver',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.files.setNameservers([lab.topology.vpcResolver]));
      await lab.files.setNameservers([lab.topology.customResolver]);
      return undefined;
    },
    cause: 'dns-host-view',
    code: 'dns-unreachable',
    advice: /nameservers in resolv\.conf run/,
  },
  {
    name: 'the nameserver says that the names do not exist',
    produce: (scene) => customDns(scene, { outcome: 'nxdomain' }),
    cause: 'dns-vpc-view',
    code: 'custom-dns-not-forwarding',
    advice: /forward ecs-a/,
  },
  {
    name: 'the names do not exist anywhere',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.createEndpoint('ecs-agent'));
      await lab.dns.setRecord(lab.hosts['ecs-agent'], []);
      return undefined;
    },
    cause: 'endpoint-ecs-agent',
    code: 'dns-no-address',
    advice: /private hosted zone or a filter/,
  },
  {
    name: 'mixed answers',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.createEndpoint('ecs-agent'));
      await lab.createEndpoint('ecs-agent', ['10.0.1.10', '198.51.100.10']);
      return undefined;
    },
    cause: 'endpoint-ecs-agent',
    code: 'dns-mixed-answers',
    advice: /merges two views/,
  },
  {
    name: 'the VPC resolver is switched off',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => process.kill(lab.dns.pid, 'SIGCONT'));
      process.kill(lab.dns.pid, 'SIGSTOP');
      return undefined;
    },
    cause: 'dns-vpc-view',
    code: 'vpc-dns-silent',
    advice: new RegExp(`modify-vpc-attribute --region us-east-1 --vpc-id ${vpc} --enable-dns-support`),
  },
  {
    name: 'the first of two nameservers is silent',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.files.setNameservers([lab.topology.vpcResolver]));
      await lab.files.setNameservers([lab.topology.customResolver, lab.topology.vpcResolver]);
      return undefined;
    },
    cause: 'dns-host-view',
    code: 'nameserver-failing',
    advice: /Mend the nameserver 10\.0\.0\.53, or take it out of/,
  },
  {
    name: 'two nameservers disagree',
    produce: async (scene) => {
      const { lab } = scene.host;
      scene.undo(() => lab.files.setNameservers([lab.topology.vpcResolver]));
      await customDns(scene, { addresses: ['198.51.100.10'] });
      await lab.files.setNameservers([lab.topology.vpcResolver, lab.topology.customResolver]);
      return undefined;
    },
    cause: 'dns-host-view',
    code: 'nameservers-disagree',
    advice: /Make 10\.0\.0\.53 forward ecs-a\.us-east-1\.amazonaws\.com/,
  },
  {
    name: 'the hosts file leads to the public address',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.files.setHosts({}));
      await lab.files.setHosts({ [lab.hosts['ecs-agent']]: ['198.51.100.10'] });
      return undefined;
    },
    cause: 'hosts-file',
    code: 'hosts-override-public',
    advice: /Remove the lines of .*hosts that name ecs-a\.us-east-1\.amazonaws\.com/,
  },
  {
    name: 'the hosts file pins an address',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.files.setHosts({}));
      await lab.files.setHosts({ [lab.hosts['ecs-agent']]: ['10.0.1.10'] });
      return undefined;
    },
    cause: 'hosts-file',
    code: 'hosts-override-pinned',
    advice: /Remove the lines of/,
  },
  // Port 443 and TLS
  {
    name: 'nothing listens at the endpoint',
    produce: (scene) => setPort(scene, 'refused', scene.host.lab.topology.privateAddresses.ecs),
    cause: 'endpoint-ecs',
    code: 'endpoint-tcp-refused',
    advice: /endpoint is `available`/,
  },
  {
    name: 'one zone of an endpoint is closed',
    produce: (scene) => setPort(scene, 'blackhole', ['10.0.2.10']),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-partly-reachable',
    advice: /authorize-security-group-ingress/,
  },
  {
    name: 'something accepts and speaks no TLS',
    produce: (scene) => setPort(scene, 'mute', scene.host.lab.topology.privateAddresses['ecs-agent']),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-failed',
    advice: /ends or filters TLS/,
  },
  {
    name: 'the certificate is for another name',
    produce: (scene) => showCertificate(scene, 'other-name'),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-name',
    advice: /private hosted zone, the hosts file/,
  },
  {
    name: 'the certificate has expired',
    produce: (scene) => showCertificate(scene, 'expired'),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-expired',
    advice: /timedatectl/,
  },
  {
    name: 'a TLS-opening proxy: the authority is not trusted',
    produce: (scene) => showCertificate(scene, 'untrusted'),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-untrusted',
    advice: /ca-file/,
  },
  // IMDS
  {
    name: 'IMDS is switched off',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.imds.setMode('required'));
      lab.imds.setMode('off');
      return undefined;
    },
    cause: 'imds',
    code: 'imds-refused',
    advice: /modify-instance-metadata-options --instance-id INSTANCE_ID --http-endpoint enabled/,
  },
  {
    name: 'the hop limit is 1',
    produce: imdsFault({ kind: 'hang', on: 'token' }),
    cause: 'imds',
    code: 'imds-hop-limit',
    advice: /--http-put-response-hop-limit 2/,
  },
  {
    name: 'IMDS never answers',
    produce: imdsFault({ kind: 'hang' }),
    cause: 'imds',
    code: 'imds-timeout',
    advice: /firewall rule that drops packets/,
  },
  {
    name: 'IMDS cannot be reached',
    produce: async () => ({ 'imds-endpoint': 'http://127.0.0.1:9' }),
    cause: 'imds',
    code: 'imds-unreachable',
    advice: /AWS_EC2_METADATA_SERVICE_ENDPOINT/,
  },
  {
    name: 'IMDS throttles',
    produce: imdsFault({ kind: 'status', status: 503 }),
    cause: 'imds',
    code: 'imds-throttled',
    advice: /1,024 packets a second/,
  },
  {
    name: 'a captive portal answers for IMDS',
    produce: imdsFault({ kind: 'content', body: '<html>Please log in</html>' }),
    cause: 'imds',
    code: 'imds-bad-answer',
    advice: /captive portal/,
  },
  {
    name: 'IMDS is too slow',
    produce: imdsFault({ kind: 'slow', delayMs: 450 }),
    cause: 'imds',
    code: 'imds-slow',
    advice: /1,024 packets a second/,
  },
  {
    name: 'IMDS lists no address blocks',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.imds.changeCidrs(['10.0.0.0/16'], ['2600:1f16:abc:de00::/56']));
      lab.imds.changeCidrs([], []);
      return undefined;
    },
    cause: 'vpc-cidrs',
    code: 'vpc-cidrs-unknown',
    advice: /ECS_PRIVATELINKD_PRIVATE_CIDRS=.*describe-vpcs --vpc-ids vpc-/,
  },
  {
    name: 'Auto Scaling takes the instance away',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.imds.change({ targetLifecycleState: undefined }));
      lab.imds.change({ targetLifecycleState: 'Terminated' });
      return undefined;
    },
    cause: 'instance-lifecycle',
    code: 'instance-terminating',
    advice: /its replacement starts on the private path/,
  },
  {
    name: 'a spot notice',
    produce: async ({ host: { lab }, undo }) => {
      undo(() => lab.imds.change({ spotAction: undefined }));
      lab.imds.change({ spotAction: { action: 'terminate', time: '2030-01-01T00:00:00Z' } });
      return undefined;
    },
    cause: 'instance-lifecycle',
    code: 'instance-terminating',
    advice: /its replacement starts on the private path/,
  },
  {
    name: 'the clock is ten minutes behind',
    produce: (scene) => relayImds(scene, 600_000),
    cause: 'clock',
    code: 'clock-wrong',
    advice: /chronyc tracking.*169\.254\.169\.123/,
  },
  {
    name: 'the clock is a minute ahead',
    produce: (scene) => relayImds(scene, -60_000),
    cause: 'clock',
    code: 'clock-off',
    advice: /chronyc tracking/,
  },
  // Docker
  {
    name: 'there is no Docker socket',
    produce: async () => ({ 'docker-host': 'unix:///run/no-such.sock' }),
    cause: 'docker-engine',
    code: 'engine-missing',
    advice: /systemctl start docker/,
  },
  {
    name: 'nothing listens on the Docker socket',
    produce: async ({ host: { lab } }) => {
      const path = join(lab.directory, 'dead.sock');
      const script = `require('node:net').createServer().listen('${path}', () => process.kill(process.pid, 'SIGKILL'))`;
      try {
        execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' });
      } catch {
        // As meant: a killed process leaves its socket behind.
      }
      return { 'docker-host': `unix://${path}` };
    },
    cause: 'docker-engine',
    code: 'engine-refused',
    advice: /systemctl start docker/,
  },
  {
    name: 'the Docker Engine hangs',
    produce: (scene) => listenOnSocket(scene, 'hung.sock', undefined),
    cause: 'docker-engine',
    code: 'engine-timeout',
    advice: /journalctl -u docker/,
  },
  {
    name: 'something else answers on the Docker socket',
    produce: (scene) => listenOnSocket(scene, 'other.sock', '<html>It works!</html>'),
    cause: 'docker-engine',
    code: 'engine-bad-answer',
    advice: /curl --unix-socket/,
  },
  // Container and supervisor
  {
    name: 'the container has another name',
    produce: async () => ({ 'agent-container': 'no-such-agent' }),
    cause: 'agent-container',
    code: 'agent-missing',
    advice: /ECS_PRIVATELINKD_AGENT_CONTAINER/,
  },
  {
    name: 'the container is paused',
    produce: async ({ host: { engine }, undo }) => {
      const container = engine.docker.getContainer('ecs-agent');
      undo(() => container.unpause());
      await container.pause();
      return undefined;
    },
    cause: 'agent-container',
    code: 'agent-paused',
    advice: /docker unpause ecs-agent/,
    beside: ['introspection'],
  },
  {
    name: 'the unit has failed beneath a running agent',
    produce: async ({ programs, undo }) => {
      undo(() => programs.setUnit(activeUnit));
      programs.setUnit({ ...activeUnit, ActiveState: 'failed', SubState: 'failed', ExecMainCode: '1', ExecMainStatus: '255' });
      return undefined;
    },
    cause: 'ecs-service',
    code: 'unit-failed',
    advice: /systemctl reset-failed/,
  },
  {
    name: 'the start of the unit is queued behind user data',
    produce: async ({ programs, undo }) => {
      undo(() => programs.setUnit(activeUnit));
      programs.setUnit({ ...activeUnit, ActiveState: 'inactive', SubState: 'dead', Job: '42' });
      return undefined;
    },
    cause: 'ecs-service',
    code: 'unit-queued',
    advice: /systemctl list-jobs.*--no-block/,
  },
  {
    name: 'the NAT rules of the tasks’ credentials are gone',
    produce: async ({ programs, undo }) => {
      undo(() => programs.setNatRules(['-P PREROUTING ACCEPT']));
      programs.setNatRules(['-P PREROUTING ACCEPT']);
      return undefined;
    },
    cause: 'credential-nat-rules',
    code: 'nat-rules-missing',
    advice: /systemctl restart --no-block/,
  },
  {
    name: 'systemd hangs',
    produce: async ({ programs, undo }) => {
      undo(() => programs.setUnit(activeUnit));
      programs.hangSystemctl();
      return undefined;
    },
    cause: 'ecs-service',
    code: 'late',
    advice: /doctor --only ecs-service/,
  },
  {
    name: 'restarts are switched off',
    produce: async () => ({ restart: 'off' }),
    cause: 'supervisor',
    code: 'restart-off',
    advice: /ECS_PRIVATELINKD_RESTART=auto \(it comes from: environment/,
  },
  {
    name: 'the state directory is read-only',
    produce: async ({ host, undo }) => {
      undo(() => execFileSync('umount', [host.stateDirectory]));
      execFileSync('mount', ['--bind', '-o', 'ro', host.stateDirectory, host.stateDirectory]);
      return undefined;
    },
    cause: 'state-dir',
    code: 'state-unwritable',
    advice: /read-only mount/,
  },
  {
    name: 'another program has the introspection port',
    produce: async ({ undo }) => {
      const server = createServer((_, response) => response.end('<html>'));
      await new Promise<void>((resolve) => server.listen(8_678, '127.0.0.1', resolve));
      undo(() => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      });
      return { 'agent-introspection': 'http://127.0.0.1:8678' };
    },
    cause: 'introspection',
    code: 'introspection-unclear',
    advice: /curl -s http:\/\/127\.0\.0\.1:8678\/v1\/metadata/,
  },
];
