import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchContainerEvents } from '../../../src/agent/container-events.ts';
import { createEngineClient } from '../../../src/agent/engine-client.ts';
import type { Clock } from '../../../src/kit/clock.ts';
import { type ProblemCode, ProblemError } from '../../../src/kit/problem.ts';
import { type FakeEngine, startEngine } from './engine-fake.ts';

/** Time that moves only when told to. */
function manualClock() {
  let monoMs = 0;
  const sleepers: { readonly at: number; readonly ms: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    now: () => ({ wallMs: monoMs, monoMs }),
    async sleep(ms, signal) {
      await new Promise<void>((resolve, reject) => {
        signal.throwIfAborted();
        const sleeper = { at: monoMs + ms, ms, wake: resolve };
        sleepers.push(sleeper);
        signal.addEventListener('abort', () => {
          sleepers.splice(sleepers.indexOf(sleeper), 1);
          reject(signal.reason);
        });
      });
    },
  };
  return {
    clock,
    /** Lengths of the sleeps that are under way. */
    sleeping: () => sleepers.map(({ ms }) => ms),
    advance(ms: number) {
      monoMs += ms;
      for (const sleeper of sleepers.filter(({ at }) => at <= monoMs)) {
        sleepers.splice(sleepers.indexOf(sleeper), 1);
        sleeper.wake();
      }
    },
  };
}

function watchOver(answers: (() => Readable)[]) {
  const time = manualClock();
  const controller = new AbortController();
  const events: string[] = [];
  const problems: (string | undefined)[] = [];
  const done = watchContainerEvents(
    {
      engine: {
        events() {
          const answer = answers.shift();
          if (answer === undefined) return Promise.reject(new Error('not told what to answer'));
          return Promise.resolve(answer());
        },
      },
      name: 'ecs-agent',
      clock: time.clock,
      random: () => 1 - Number.EPSILON,
      onEvent: (event) => events.push(event),
      onProblem: (problem) => problems.push(problem?.code),
    },
    controller.signal,
  );
  return { ...time, controller, events, problems, done };
}

function open(): Readable {
  return new Readable({ read() {} });
}

function failing(code: ProblemCode): () => Readable {
  return () => {
    throw new ProblemError({ code, message: code, advice: code });
  };
}

const line = (action: string) => `${JSON.stringify({ Type: 'container', Action: action, id: 'x' })}\n`;

describe('watchContainerEvents', () => {
  it('passes on starts and ends, also when lines come in pieces, and nothing else', async () => {
    const stream = open();
    const watched = watchOver([() => stream]);
    await vi.waitFor(() => expect(watched.events).toEqual(['connected']));
    const text = line('start') + line('exec_start: sh') + line('die') + line('destroy');
    for (const piece of [text.slice(0, 7), text.slice(7, 60), text.slice(60)]) stream.push(piece);
    await vi.waitFor(() => expect(watched.events).toEqual(['connected', 'start', 'die', 'destroy']));
    watched.controller.abort();
    stream.destroy();
    await watched.done;
    expect(watched.problems).toEqual([]);
  });

  it('opens the stream again when it ends, says so once, and calls that no problem', async () => {
    const watched = watchOver([() => Readable.from([line('die').slice(0, 9)]), open]);
    await vi.waitFor(() => expect(watched.sleeping()).toEqual([1000]));
    watched.advance(1000);
    await vi.waitFor(() => expect(watched.events).toEqual(['connected', 'connected']));
    expect(watched.problems).toEqual([]);
  });

  it('waits longer from failure to failure, up to 30 s, and tells the problem once', async () => {
    const watched = watchOver([...Array(7)].map(() => failing('engine-refused')).concat(open));
    for (const delay of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      await vi.waitFor(() => expect(watched.sleeping()).toEqual([delay]));
      watched.advance(delay);
    }
    await vi.waitFor(() => expect(watched.events).toEqual(['connected']));
    expect(watched.problems).toEqual(['engine-refused']);
    watched.advance(2000);
    await vi.waitFor(() => expect(watched.problems).toEqual(['engine-refused', undefined]));
  });

  it('begins with the first delay again after a stream that lived', async () => {
    const stream = open();
    const watched = watchOver([
      failing('engine-refused'),
      failing('engine-refused'),
      () => stream,
      failing('engine-refused'),
    ]);
    for (const delay of [1000, 2000]) {
      await vi.waitFor(() => expect(watched.sleeping()).toEqual([delay]));
      watched.advance(delay);
    }
    await vi.waitFor(() => expect(watched.events).toEqual(['connected']));
    watched.advance(30_000);
    stream.push(null);
    await vi.waitFor(() => expect(watched.sleeping()).toEqual([1000]));
  });

  it('calls HTML in the stream a problem, and does not take it back while it goes on', async () => {
    const html = () => Readable.from(['<html>\nBad Gateway']);
    const watched = watchOver([html, html, html]);
    for (const delay of [1000, 2000]) {
      await vi.waitFor(() => expect(watched.sleeping()).toEqual([delay]));
      watched.advance(delay);
    }
    await vi.waitFor(() => expect(watched.sleeping()).toEqual([4000]));
    expect(watched.problems).toEqual(['engine-bad-answer']);
  });

  it('gives up on a line without end', async () => {
    const watched = watchOver([() => Readable.from(['x'.repeat(70_000)])]);
    await vi.waitFor(() => expect(watched.problems).toEqual(['engine-bad-answer']));
  });

  it('trusts no silent stream for more than ten minutes', async () => {
    const streams = [open(), open()] as const;
    const watched = watchOver([() => streams[0], () => streams[1]]);
    await vi.waitFor(() => expect(watched.sleeping()).toEqual([2000]));
    watched.advance(2000);
    await vi.waitFor(() => expect(watched.sleeping()).toEqual([600_000]));
    watched.advance(600_000);
    await vi.waitFor(() => expect(watched.sleeping()).toEqual([1000]));
    expect(streams[0].destroyed).toBe(true);
    watched.advance(1000);
    await vi.waitFor(() => expect(watched.events).toEqual(['connected', 'connected']));
    expect(watched.problems.filter((code) => code !== undefined)).toEqual([]);
  });

  it('resolves when it is aborted in a pause', async () => {
    const watched = watchOver([failing('engine-refused')]);
    await vi.waitFor(() => expect(watched.sleeping()).toEqual([1000]));
    watched.controller.abort();
    await watched.done;
  });
});

describe('with a server', () => {
  let engine: FakeEngine | undefined;
  afterEach(async () => engine?.close());

  it('resolves on abort while the stream is open, and closes it', async () => {
    engine = await startEngine((_, response) => response.writeHead(200).flushHeaders());
    const { clock } = manualClock();
    const controller = new AbortController();
    const events: string[] = [];
    const done = watchContainerEvents(
      {
        engine: createEngineClient({ socketPath: engine.socketPath, answerTimeoutMs: 5_000 }),
        name: 'ecs-agent',
        clock,
        random: () => 0,
        onEvent: (event) => events.push(event),
        onProblem: () => {},
      },
      controller.signal,
    );
    await vi.waitFor(() => expect(events).toEqual(['connected']));
    controller.abort();
    await done;
    await vi.waitFor(() => expect(engine?.openConnections()).toBe(0));
  });
});
