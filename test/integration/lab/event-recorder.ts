import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { expect } from 'vitest';
import { listenToContainer } from '../../lab/container-events.ts';

const eventSchema = v.object({
  Action: v.string(),
  Actor: v.object({ Attributes: v.record(v.string(), v.string()) }),
});

/**
 * Listens to the Engine's events of one container. Whether `stop` or `die` is first at the end of a `docker stop` is
 * the Engine's own affair (embedded-engine/event-log.ts, `StopOrder`): here the pair reads `die`, `stop`.
 */
export class EventRecorder {
  readonly #stream: Readable;
  readonly #events: v.InferOutput<typeof eventSchema>[] = [];

  private constructor(stream: Readable) {
    this.#stream = stream;
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines.filter(Boolean)) {
        this.#events.push(v.parse(eventSchema, JSON.parse(line)));
      }
    });
    // The Engine may go while somebody listens.
    stream.on('error', () => {});
  }

  static async listen(docker: Dockerode, container: string): Promise<EventRecorder> {
    return new EventRecorder(await listenToContainer(docker, container));
  }

  /** Resolves once exactly these have happened, in this order. */
  async until(...actions: string[]): Promise<void> {
    await expect.poll(() => this.#actions(), { timeout: 60_000, interval: 20 }).toEqual(actions);
  }

  /** The same, and nothing more within half a second, five times Docker's first back-off. */
  async staysAt(...actions: string[]): Promise<void> {
    await this.until(...actions);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(this.#actions()).toEqual(actions);
  }

  /** The actions as the Engine wrote them. */
  written(): string[] {
    return this.#events.map(({ Action }) => Action);
  }

  /** What the last event of that kind carries. */
  attributes(action: string): Readonly<Record<string, string>> | undefined {
    return this.#events.findLast((event) => event.Action === action)?.Actor.Attributes;
  }

  close(): void {
    this.#stream.destroy();
  }

  #actions(): string[] {
    const actions = this.written();
    for (const [index, action] of actions.entries()) {
      if (action === 'stop' && actions[index + 1] === 'die') {
        actions.splice(index, 2, 'die', 'stop');
      }
    }
    return actions;
  }
}
