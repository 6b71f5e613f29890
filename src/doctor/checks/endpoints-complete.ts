import { isRequired, requiredServices } from '../../settings/endpoint-services.ts';
import { createEndpoint, enablePrivateDns } from '../aws-commands.ts';
import { check } from '../check.ts';
import { fail, found, passed, skip } from '../finding.ts';

export const endpointsCompleteCheck = check({
  name: 'endpoints-complete',
  title: 'Whether all three endpoints are there, and were created in the order AWS recommends',
  findings: {
    'endpoints-missing': fail(
      'All three names must be private before the agent may be restarted; until then nothing is touched. What is not ' +
        'private does not exist in this VPC, or has its private DNS names switched off.',
      `For each of {missing}, in this order: ${createEndpoint}. If it exists already: ${enablePrivateDns}. Which of the two ` +
        'it is, `ecs-privatelinkd doctor --ec2` tells.',
    ),
    'endpoints-out-of-order': fail(
      'The ecs endpoint is there before the other two. An agent that asks it is told the un-numbered hosts ecs-a and ' +
        `ecs-t, which are still public: behind it, without NAT, it would be cut off. The order AWS recommends is ${requiredServices.join(', ')}.`,
      `Create {missing} now: ${createEndpoint}.`,
    ),
    'endpoints-not-known': skip(
      'Which endpoints there are cannot be determined without DNS answers for all three names.',
      'See dns-host-view and imds.',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    const seenAll = (await host.observation()).endpoints?.endpoints ?? [];
    const endpoints = seenAll.filter(({ service }) => isRequired(service));
    const names = await host.names();
    if (endpoints.length === 0 || endpoints.some((endpoint) => endpoint.class === 'failed')) {
      return found('endpoints-not-known', 'not all names could be looked up');
    }
    const missing = endpoints.filter((endpoint) => endpoint.class !== 'private');
    if (missing.length === 0) return passed(`all ${endpoints.length} names are private`);
    const seen =
      `${endpoints.length - missing.length} of ${endpoints.length} names are private; not ` +
      missing.map((endpoint) => `${endpoint.service} (${endpoint.class})`).join(', ');
    const serviceNames = missing.map(
      ({ service }) => names.find((name) => name.service === service)?.serviceName ?? service,
    );
    const outOfOrder = !missing.some(({ service }) => service === 'ecs');
    return found(outOfOrder ? 'endpoints-out-of-order' : 'endpoints-missing', seen, {
      serviceName: serviceNames.length === 1 ? serviceNames[0] : 'SERVICE',
      id: 'ENDPOINT_ID',
      missing: serviceNames.join(', '),
    });
  },
});
