import { hostResolver } from '../../endpoints/next-resolver.ts';
import { check } from '../check.ts';
import { found, passed, skip, warn } from '../finding.ts';

export const judgedByCheck = check({
  name: 'judged-by',
  title: 'What the endpoints are judged by: resolver, hosts file and trust of the agent’s next container',
  findings: {
    'agent-looks-elsewhere': warn(
      'dockerd or the agent’s container has settings of its own, so the agent looks names up otherwise than this host; the ' +
        'endpoints are judged by what the agent has.',
      'Nothing, if it is meant so. Otherwise take the settings out: `dns`, `dns-opts` and `dns-search` of ' +
        '/etc/docker/daemon.json (restart dockerd after that), or --dns… and --add-host of the container.',
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
  needs: ['observation'],
  run: async (host) => {
    const judgedBy = (await host.observation()).endpoints?.judgedBy;
    if (judgedBy === undefined) return found('judged-by-unknown', 'the names are not known');
    const { resolver, hosts, trust } = judgedBy;
    const seen = `resolver: ${resolver.source} (${resolver.nameservers.join(', ')}); hosts: ${hosts.source}; trust: ${trust.words}`;
    if (trust.of === 'host') return found('agent-trust-unseen', seen);
    const elsewhere = resolver.source !== hostResolver && resolver.unknown === undefined;
    return elsewhere ? found('agent-looks-elsewhere', seen) : passed(seen);
  },
});
