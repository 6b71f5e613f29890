import { guards } from '../../reconcile/guards.ts';
import type { Check } from '../check.ts';
import { type Findings, found, foundProblem, passed, skip, warn } from '../finding.ts';

const findings = {
  'instance-terminating': warn(
    'An instance that is about to go away is not worth a restart of its agent; none is made.',
    'Nothing to do: its replacement starts on the private path by itself.',
  ),
  'lifecycle-unknown': skip(
    'Whether Auto Scaling or a spot notice takes this instance away is told by IMDS only.',
    'Fix IMDS first.',
  ),
} satisfies Findings;

export const instanceLifecycleCheck = {
  name: 'instance-lifecycle',
  title: 'Auto Scaling target state and spot notice',
  findings,
  needs: ['observation'],
  run: async (host) => {
    const observation = await host.observation();
    const { problem, lifecycle } = observation.instance;
    if (problem !== undefined || host.settings.imdsDisabled) {
      return found(findings, 'lifecycle-unknown', 'not known without IMDS');
    }
    const reason = guards(observation, host.policyFor(observation)).find(
      ({ code }) => code === 'instance-terminating',
    );
    if (reason !== undefined) return foundProblem(findings, reason);
    return passed(
      `no notice to terminate${lifecycle.targetState ? `, target state ${lifecycle.targetState}` : ''}`,
    );
  },
} satisfies Check;
