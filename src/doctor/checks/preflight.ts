import { foundIn, obstacleIn, questionOf } from '../../reconcile/rules/preflight.ts';
import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip } from '../finding.ts';

export const preflightCheck = check({
  name: 'preflight',
  title: 'What ECS answers through the endpoint to what a new agent would ask',
  findings: {
    'preflight-public-hosts': fail(
      'The service does not see that the request comes through an interface endpoint: a new agent would be told public hosts.',
      'What the `ecs` name leads to has to be the `ecs` endpoint of this VPC, or of the one that shares it; nothing may pass the ' +
        'request on to the public service.',
    ),
    'preflight-refused': fail(
      'A policy of the endpoint or of the role does not allow it: a new agent could not even ask where to connect.',
      'Allow ecs:DiscoverPollEndpoint in the policy that the sentence names.',
    ),
    'preflight-off': skip(
      'It is switched off.',
      'ECS_PRIVATELINKD_PREFLIGHT=auto asks before each restart, and here.',
    ),
    'preflight-not-private': skip(
      'It is asked at a private address only.',
      'Ask again once the `ecs` endpoint answers privately.',
    ),
    'preflight-unanswered': skip(
      'What ECS would answer is not known. That is no obstacle to a restart.',
      'Give the instance a role with AmazonEC2ContainerServiceforEC2Role, and let IMDS be asked; throttling ends by itself.',
    ),
    'preflight-other-credentials': skip(
      'The instance’s role, with which it is asked, is refused; what the agent’s own credentials are allowed is not known.',
      'Allow ecs:DiscoverPollEndpoint to the principal of the agent’s credentials too.',
    ),
  },
  needs: ['observation', 'preflight'],
  run: async (host) => {
    if (host.settings.preflight === 'off') return found('preflight-off', 'not asked');
    const question = questionOf(await host.observation());
    const answer = await host.preflight();
    if (question === undefined || answer === undefined)
      return found('preflight-not-private', 'no private address of the `ecs` endpoint is known');
    if (answer.outcome === 'unanswered') return found('preflight-unanswered', answer.why);
    const asked = { question, answer };
    const obstacle = obstacleIn(asked);
    if (obstacle) return foundProblem(obstacle);
    if (answer.outcome === 'refused') return found('preflight-other-credentials', foundIn(asked));
    return passed(`${foundIn(asked)} (asked at ${question.address})`);
  },
});
