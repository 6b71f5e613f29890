import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';

/**
 * The Engine's events of one container, which need not exist yet: all from now on, none from before. The Engine answers
 * before it listens, so an event of that moment would be lost without `since`; it replays what is as old as `since`,
 * which therefore lies between two milliseconds.
 */
export async function listenToContainer(docker: Dockerode, container: string): Promise<Readable> {
  await sleep(2);
  const stream = await docker.getEvents({
    since: (Date.now() - 0.5) / 1000,
    filters: { container: [container], type: ['container'] },
  });
  return stream as Readable;
}
