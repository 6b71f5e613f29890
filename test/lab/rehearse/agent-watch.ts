import { createInterface } from 'node:readline';
import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { listenToContainer } from '../container-events.ts';
import type { Timeline } from './timeline.ts';

const eventSchema = v.object({
  Action: v.string(),
  timeNano: v.number(),
  Actor: v.object({
    ID: v.string(),
    Attributes: v.object({ exitCode: v.optional(v.string()), signal: v.optional(v.string()) }),
  }),
});

/** What the Engine tells of the agent's container. */
export interface AgentWatch {
  /** The id of the container at each start so far. */
  starts(): readonly string[];
  close(): void;
}

/** Listens to the Engine's events of one container, which need not exist yet. */
export async function watchAgent(docker: Dockerode, name: string, timeline: Timeline): Promise<AgentWatch> {
  const stream = await listenToContainer(docker, name);
  const starts: string[] = [];
  // The stream ends with the Engine.
  stream.on('error', () => {});
  createInterface({ input: stream }).on('line', (line) => {
    const { Action, timeNano, Actor } = v.parse(eventSchema, JSON.parse(line));
    // The image's HEALTHCHECK: of no interest.
    if (/^(exec_|health_status)/.test(Action)) return;
    if (Action === 'start') {
      starts.push(Actor.ID);
    }
    const { exitCode, signal } = Actor.Attributes;
    const extra = [
      Action === 'create' && `id ${shortId(Actor.ID)}`,
      exitCode && `exit code ${exitCode}`,
      signal && `signal ${signal}`,
    ].filter(Boolean);
    const text = `${name}: ${[Action, ...extra].join(', ')}`;
    const at = Math.round(timeNano / 1e6);
    timeline.tell('engine', Action, text, { id: Actor.ID, exitCode, signal, at });
  });
  return { starts: () => starts, close: () => void stream.destroy() };
}

/** A container's id as people read it. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}
