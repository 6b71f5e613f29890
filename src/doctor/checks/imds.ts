import {
  imdsBadAnswer,
  imdsDisabled,
  imdsNoRegion,
  imdsRefused,
  imdsSlow,
  imdsThrottled,
  imdsTimeout,
  imdsUnreachable,
} from '../../instance/imds-problems.ts';
import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip } from '../finding.ts';

const nothingKnown = 'Region, VPC and address ranges cannot be read from the instance metadata service.';
const at = 'http://169.254.169.254';

export const imdsCheck = check({
  name: 'imds',
  title: 'Instance metadata: session tokens (IMDSv2), hop limit, every item that is used',
  findings: {
    'imds-hop-limit': fail(
      'IMDS answers, but its session tokens do not arrive: there is a network hop between here and it (a container ' +
        'without host networking), and the hop limit of the instance is 1.',
      '`aws ec2 modify-instance-metadata-options --instance-id {instanceId} --http-tokens required ' +
        '--http-put-response-hop-limit 2` (console: EC2, instance, Modify instance metadata options), or run with host networking.',
    ),
    'imds-slow': fail(nothingKnown, imdsSlow(at, 6_000)),
    'imds-refused': fail(nothingKnown, imdsRefused(at, 'the token request', 403)),
    'imds-unreachable': fail(nothingKnown, imdsUnreachable(at, 'EHOSTUNREACH')),
    'imds-throttled': fail(nothingKnown, imdsThrottled(at, 503)),
    'imds-timeout': fail(nothingKnown, imdsTimeout(at, 'the token request', 1_000)),
    'imds-bad-answer': fail(nothingKnown, imdsBadAnswer(at, 'the token request', 'it is a page')),
    'imds-no-region': fail(nothingKnown, imdsNoRegion()),
    'imds-disabled': fail(nothingKnown, imdsDisabled()),
    'imds-off': skip(
      'The region was set by hand, so IMDS is not needed. Termination and spot notices are not seen.',
      'Nothing to do.',
    ),
  },
  needs: ['observation'],
  run: async (host, signal) => {
    const { problem } = (await host.observation()).instance;
    if (problem?.code === 'imds-timeout') {
      const plain = await host.askImdsPlainly('meta-data/', signal);
      if (plain !== undefined) {
        return found(
          'imds-hop-limit',
          `${problem.message}, yet it answers requests without a token (HTTP ${plain.status})`,
        );
      }
    }
    if (problem !== undefined) return foundProblem(problem);
    if (host.settings.imdsDisabled) return found('imds-off', 'not asked (AWS_EC2_METADATA_DISABLED)');
    const plain = await host.askImdsPlainly('meta-data/', signal);
    const v1 = plain?.status === 200 ? ', and still takes requests without one' : '';
    return passed(`${host.imdsEndpoint} answers with session tokens${v1}`);
  },
});
