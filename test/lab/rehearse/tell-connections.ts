import type { ServiceConnection } from '../stand-ins/ecs-service/connection-record.ts';
import type { Timeline } from './timeline.ts';

/** Tells of every connection of the agent's that was opened or closed since the last call. */
export function tellConnections(connections: readonly ServiceConnection[], timeline: Timeline): () => void {
  const opened = new Set<ServiceConnection>();
  const closed = new Set<ServiceConnection>();
  return () => {
    for (const connection of connections) {
      const { kind, host, address, scope, openedAt, closedAt } = connection;
      const name = kind.toUpperCase();
      const fields = { kind, host, address, scope };
      if (!opened.has(connection)) {
        opened.add(connection);
        const text = `${name} connected: ${host} at ${address} (${scope})`;
        timeline.tell('agent', 'connected', text, { ...fields, at: openedAt });
      }
      if (closedAt !== undefined && !closed.has(connection)) {
        closed.add(connection);
        const text = `${name} closed: ${address} (${scope})`;
        timeline.tell('agent', 'disconnected', text, { ...fields, at: closedAt });
      }
    }
  };
}
