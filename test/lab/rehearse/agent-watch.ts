import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import * as v from 'valibot';
import type { Timeline } from './timeline.ts';

const eventSchema = v.object({
  Action: v.string(),
  timeNano: v.number(),
  Actor: v.object({
    Attributes: v.object({ exitCode: v.optional(v.string()), signal: v.optional(v.string()) }),
  }),
});

/** What the Engine tells of the agent's container. */
export interface AgentWatch {
  /** How often it was started so far. */
  starts(): number;
  close(): void;
}

/** Listens to the Engine's events of one container, which need not exist yet. */
export async function watchAgent(docker: Dockerode, name: string, timeline: Timeline): Promise<AgentWatch> {
  const stream = (await docker.getEvents({
    filters: { type: ['container'], container: [name] },
  })) as Readable;
  let starts = 0;
  // The stream ends with the Engine.
  stream.on('error', () => {});
  createInterface({ input: stream }).on('line', (line) => {
    const { Action, timeNano, Actor } = v.parse(eventSchema, JSON.parse(line));
    starts += Action === 'start' ? 1 : 0;
    const { exitCode, signal } = Actor.Attributes;
    const extra = [exitCode && `exit code ${exitCode}`, signal && `signal ${signal}`].filter(Boolean);
    const text = `${name}: ${[Action, ...extra].join(', ')}`;
    timeline.tell('engine', Action, text, { exitCode, signal }, Math.round(timeNano / 1e6));
  });
  return { starts: () => starts, close: () => void stream.destroy() };
}
