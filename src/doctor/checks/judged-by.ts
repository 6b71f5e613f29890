import { dockerDefaults, nameserversIn } from '../../endpoints/next-resolver.ts';
import { routedVpcResolver } from '../../instance/vpc-resolver.ts';
import { readTextIfAny } from '../../kit/files.ts';
import { check } from '../check.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';
import { answersAt, classified, firstUsable, isPrivateOnlyBy } from './dns-answers.ts';

export const judgedByCheck = check({
  name: 'judged-by',
  title: 'What the endpoints are judged by: resolver, hosts file and trust of the agent’s next container',
  findings: {
    'agent-asks-elsewhere': fail(
      'The agent looks names up at other nameservers than this host, by settings of dockerd or of its container, and there ' +
        'the names are not private: a restart would leave it where it is.',
      'Let {nameservers} forward the names to the VPC resolver, or take the setting out: `dns` of /etc/docker/daemon.json or ' +
        '`--dns` of dockerd (then restart dockerd), or `--dns` of the container. The agent then asks {own}, as this host does.',
    ),
    'agent-own-network': fail(
      'The agent’s container has a network of its own, where nothing that listens on a loopback address of this host can be ' +
        'reached: Docker gives it public nameservers, for which the endpoints’ names are not private.',
      'Run the agent in the host’s network (`--network host`, as ecs-init does), or give its container the VPC resolver: ' +
        '`--dns {vpcResolver}`.',
    ),
    'agent-trust-unseen': warn(
      'Certificates are judged by the authorities of this host, because those of the agent’s container cannot be read; the ' +
        'agent may trust fewer.',
      'Run as root while the agent runs, or set ca-file to a copy of what the agent trusts.',
    ),
    'judged-by-unknown': skip(
      'The names to judge are not known without the region.',
      'Fix the region first.',
    ),
  },
  needs: ['observation', 'nameservers'],
  run: async (host, signal) => {
    const judgedBy = (await host.observation()).endpoints?.judgedBy;
    if (judgedBy === undefined) return found('judged-by-unknown', 'the names are not known');
    const { resolver, hosts, trust } = judgedBy;
    const nameservers = resolver.nameservers.join(', ');
    const doubt = resolver.doubt === undefined ? '' : `; ${resolver.doubt}`;
    const seen = `resolver: ${resolver.source} (${nameservers}${doubt}); hosts: ${hosts.source}; trust: ${trust.words}`;
    const own = nameserversIn(readTextIfAny(host.settings.resolvConf) ?? '');
    if (own.join(', ') !== nameservers) {
      const here = await answersAt(own, host, signal);
      if (isPrivateOnlyBy(here, firstUsable(await classified(host, await host.nameservers())))) {
        const vpcResolver = routedVpcResolver((await host.observation()).instance.facts);
        return resolver.source === dockerDefaults
          ? found('agent-own-network', seen, { vpcResolver })
          : found('agent-asks-elsewhere', seen, { nameservers, own: own.join(', ') });
      }
    }
    return trust.of === 'host' ? found('agent-trust-unseen', seen) : passed(seen);
  },
});
