import { customDns, type Fault, forwardingDnsmasq, vpc } from './scene.ts';

export const dnsFaults: readonly Fault[] = [
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
    code: 'custom-dns-drops-private',
    advice: /forward ecs-a/,
  },
  {
    name: 'dnsmasq protects from DNS rebinding',
    produce: (scene) => forwardingDnsmasq(scene, 'stop-dns-rebind'),
    cause: 'dns-vpc-view',
    code: 'custom-dns-drops-private',
    advice: /On 10\.0\.0\.53 except the names from it.*private-domain: "ecs-a\.us-east-1/,
    heeded: (scene, advice) =>
      forwardingDnsmasq(scene, 'stop-dns-rebind', /dnsmasq: `(\S+)`/.exec(advice)?.[1] ?? ''),
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
    produce: ({ host: { lab }, undo }) => {
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
    advice: /Fix the nameserver 10\.0\.0\.53, or take it out of/,
  },
  {
    name: 'two nameservers disagree',
    produce: async (scene) => {
      const { lab } = scene.host;
      await customDns(scene, { addresses: ['198.51.100.10'] });
      await lab.files.setNameservers([lab.topology.vpcResolver, lab.topology.customResolver]);
      return undefined;
    },
    cause: 'dns-host-view',
    code: 'nameservers-disagree',
    advice: /Make 10\.0\.0\.53 forward ecs-a\.us-east-1\.amazonaws\.com/,
  },
  {
    name: 'two nameservers disagree, and each look-up starts at another (rotate)',
    produce: async (scene) => {
      const { lab } = scene.host;
      await customDns(scene, { addresses: ['198.51.100.10'] });
      await lab.files.setNameservers(
        [lab.topology.vpcResolver, lab.topology.customResolver],
        'rotate timeout:1',
      );
      return undefined;
    },
    cause: 'endpoint-ecs-agent',
    beside: ['dns-host-view'],
    code: 'dns-mixed-answers',
    advice:
      /Make all nameservers in resolv\.conf answer the same.*or take those that do not, or `rotate`, out/,
    heeded: async ({ host: { lab } }) => {
      await lab.files.setNameservers([lab.topology.vpcResolver], 'rotate timeout:1');
    },
  },
  {
    name: 'a search domain has a wildcard, and ndots has it asked first',
    produce: async ({ host: { lab }, undo }) => {
      const name = `${lab.hosts['ecs-agent']}.corp.example`;
      undo(() => lab.files.setNameservers([lab.topology.vpcResolver]));
      undo(() => lab.dns.setRecord(name, []));
      await lab.dns.setRecord(name, ['203.0.113.80']);
      await lab.files.setNameservers([lab.topology.vpcResolver], 'ndots:5 timeout:1\nsearch corp.example');
      return undefined;
    },
    cause: 'endpoint-ecs-agent',
    code: 'dns-search-domain',
    advice: /Take `options ndots`, or the search domain corp\.example, out of the resolv\.conf/,
    heeded: async ({ host: { lab } }) => {
      await lab.files.setNameservers([lab.topology.vpcResolver], 'timeout:1\nsearch corp.example');
    },
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
];
