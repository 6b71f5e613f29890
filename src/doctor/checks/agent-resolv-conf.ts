import { hostResolver } from '../../endpoints/next-resolver.ts';
import { parseResolvConf } from '../../endpoints/resolv-conf.ts';
import { readTextIfAny } from '../../kit/files.ts';
import { check } from '../check.ts';
import { runningContainer } from '../doctor-host.ts';
import { found, passed, skip, warn } from '../finding.ts';
import { answersAt, classified, firstUsable, isPrivateOnlyBy } from './dns-answers.ts';

export const agentResolvConfCheck = check({
  name: 'agent-resolv-conf',
  title: 'resolv.conf of the running agent container against what the next one will have',
  findings: {
    'agent-resolv-conf-stale': warn(
      'Docker copies resolv.conf into the container when it starts: the running agent still asks the nameservers of ' +
        'then, which do not answer privately.',
      '`ecs-privatelinkd restart --if-needed`: a new container takes the current file. No setting needs to change.',
    ),
    'agent-resolver-unknown': warn(
      'The agent looks names up otherwise than this host, and what its next container will have cannot be determined: it is ' +
        'not restarted.',
      '{advice}',
    ),
    'agent-resolv-conf-unread': skip(
      'The file is read in the file system of the agent’s process, for which root is needed.',
      'Run as root while the agent runs.',
    ),
  },
  needs: ['observation', 'nameservers'],
  run: async (host, signal) => {
    const { settings } = host;
    const pid = runningContainer((await host.observation()).agent)?.pid;
    const text =
      pid === undefined ? undefined : readTextIfAny(`${settings.procDir}/${pid}/root/etc/resolv.conf`);
    if (text === undefined) return found('agent-resolv-conf-unread', 'it cannot be read');
    const own = parseResolvConf(text).nameservers;
    const resolver = (await host.observation()).endpoints?.judgedBy.resolver;
    if (resolver?.unknown !== undefined) {
      return found('agent-resolver-unknown', resolver.unknown.message, { advice: resolver.unknown.advice });
    }
    const next =
      resolver?.nameservers ?? parseResolvConf(readTextIfAny(settings.resolvConf) ?? '').nameservers;
    const source = resolver?.source ?? hostResolver;
    if (own.join() === next.join())
      return passed(`the same as the next one will have, ${source}: ${own.join(', ')}`);
    const seen = `the container asks ${own.join(', ')}, the next one will ask ${next.join(', ')} (${source})`;
    const here = firstUsable(await classified(host, await host.nameservers()));
    return isPrivateOnlyBy(here, await answersAt(own, host, signal))
      ? found('agent-resolv-conf-stale', seen)
      : passed(`${seen}; both answer alike`);
  },
});
