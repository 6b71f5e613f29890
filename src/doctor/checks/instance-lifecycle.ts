import { guardsOf } from '../../reconcile/rules/guards.ts';
import { check } from '../check.ts';
import { found, foundProblem, passed, skip, warn } from '../finding.ts';

export const instanceLifecycleCheck = check({
  name: 'instance-lifecycle',
  title: 'Auto Scaling target state and spot notice',
  findings: {
    'instance-terminating': warn(
      'An instance that is about to go away is not worth a restart of its agent; none is made.',
      'Nothing to do: its replacement starts on the private path by itself.',
    ),
    'lifecycle-unknown': skip(
      'Whether Auto Scaling or a spot notice takes this instance away is told by IMDS only.',
      'Fix IMDS first.',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    const observation = await host.observation();
    const { problem, lifecycle } = observation.instance;
    if (problem !== undefined || host.settings.imdsDisabled) {
      return found('lifecycle-unknown', 'not known without IMDS');
    }
    const reason = guardsOf(observation, host.policyFor(observation)).find(
      ({ code }) => code === 'instance-terminating',
    );
    if (reason !== undefined) return foundProblem(reason);
    return passed(
      `no notice to terminate${lifecycle.targetState ? `, target state ${lifecycle.targetState}` : ''}`,
    );
  },
});
