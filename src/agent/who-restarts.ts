import type { AgentObservation } from './agent-observation.ts';

/** What restarts the agent when its process ends, by what was seen of this host: a clause. */
export function whoRestarts({
  supervisor,
  container,
  unit,
}: Pick<AgentObservation, 'supervisor' | 'container' | 'unit'>): string {
  // The Engine starts no container again that was stopped by hand, or exited in a way its policy does not cover.
  const isDown = container !== undefined && !container.running && !container.restarting;
  switch (supervisor) {
    case 'ecs-init':
      return unit === undefined ? 'ecs-init restarts it' : `ecs-init (${unit.name}) restarts it`;
    case 'unit':
      return unit === undefined ? 'its unit restarts it' : `its unit (${unit.name}) restarts it`;
    case 'restart-policy':
      return `its restart policy (${container?.restartPolicy}) ${isDown ? 'has not restarted it' : 'restarts it'}`;
    case 'none':
      return 'nothing restarts it: neither a unit nor a restart policy was seen';
    case 'unknown':
      return 'what restarts it cannot be determined';
  }
}
