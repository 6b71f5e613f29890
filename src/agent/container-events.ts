import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import * as v from 'valibot';
import { createAllowance } from '../kit/allowance.ts';
import { budgets } from '../kit/budgets.ts';
import type { Clock } from '../kit/clock.ts';
import { printable } from '../kit/printable.ts';
import { messageOf, type Problem, ProblemError } from '../kit/problem.ts';
import { containerEventSchema } from './engine-answers.ts';
import type { EngineClient } from './engine-client.ts';

const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 30_000;
/** A stream that stayed open this long is taken for a real one: whatever answers nonsense does so at once. */
const PROBATION_MS = 2_000;
/** A stream that lived this long was a good one: the next failure starts at the first delay again. */
const GOOD_STREAM_MS = 30_000;
/** A stream may die without a sign (Engine frozen and thawed): none is trusted for longer. */
const MAX_STREAM_MS = 600_000;
/** One event is below 4 KiB; a longer line is not one. */
const MAX_LINE_LENGTH = 65_536;

/** `connected`: the stream is open (again), so anything may have happened before. */
export type ContainerEvent = 'connected' | 'start' | 'die' | 'destroy';

export interface ContainerEventWatch {
  readonly engine: Pick<EngineClient, 'events'>;
  /** The container's name. */
  readonly name: string;
  readonly clock: Clock;
  /** In [0, 1), for the jitter. */
  readonly random: () => number;
  readonly onEvent: (event: ContainerEvent) => void;
  /** Told when the stream's problem changes; undefined once a stream is open again. */
  readonly onProblem: (problem: Problem | undefined) => void;
}

/**
 * Follows the events of one container until `signal` aborts, opening the stream again whenever it ends.
 * Never rejects.
 */
export async function watchContainerEvents(watch: ContainerEventWatch, signal: AbortSignal): Promise<void> {
  let delayMs = FIRST_DELAY_MS;
  let problem: Problem | undefined;
  const report = (next: Problem | undefined) => {
    if (next?.code !== problem?.code) watch.onProblem(next);
    problem = next;
  };

  while (!signal.aborted) {
    const openedAt = watch.clock.now().monoMs;
    try {
      await followOneStream(watch, () => report(undefined), signal);
    } catch (thrown) {
      if (signal.aborted) return;
      report(streamProblem(thrown));
    }
    if (watch.clock.now().monoMs - openedAt >= GOOD_STREAM_MS) delayMs = FIRST_DELAY_MS;
    try {
      await watch.clock.sleep(Math.round(delayMs * (0.5 + watch.random() / 2)), signal);
    } catch {
      return;
    }
    delayMs = Math.min(delayMs * 2, LAST_DELAY_MS);
  }
}

/**
 * One stream from its opening to its end, however it ends. Rejects when it cannot be opened or talks nonsense;
 * one that breaks off does not count: opening the next will tell what is wrong.
 */
async function followOneStream(
  { engine, name, clock, onEvent }: ContainerEventWatch,
  onGood: () => void,
  signal: AbortSignal,
): Promise<void> {
  const stream = await engine.events(name, signal);
  onEvent('connected');
  const ended = new AbortController();
  const ageing = (async () => {
    await clock.sleep(PROBATION_MS, ended.signal);
    onGood();
    await clock.sleep(MAX_STREAM_MS, ended.signal);
    stream.destroy();
  })().catch(() => {});
  try {
    for await (const event of readEvents(stream, () => clock.now().monoMs)) onEvent(event);
  } catch (thrown) {
    if (thrown instanceof ProblemError) throw thrown;
  } finally {
    ended.abort();
    await ageing;
  }
}

/** @throws ProblemError for what no Engine sends, and for more than a container may have: each event is a look. */
async function* readEvents(stream: Readable, monotonicMs: () => number): AsyncGenerator<ContainerEvent> {
  const allowance = createAllowance(budgets.engineEvents, monotonicMs);
  const decoder = new StringDecoder('utf8');
  let pending = '';
  for await (const chunk of stream) {
    pending += decoder.write(chunk);
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > MAX_LINE_LENGTH) throw notAnEvent(pending);
    for (const line of lines) {
      if (allowance('line') === undefined) throw tooManyEvents();
      const event = line.trim() === '' ? undefined : parseEvent(line);
      if (event !== undefined) yield event;
    }
  }
}

/** Undefined for an event that says nothing about the agent's process. */
function parseEvent(line: string): ContainerEvent | undefined {
  let action: string;
  try {
    action = v.parse(containerEventSchema, JSON.parse(line)).Action;
  } catch {
    throw notAnEvent(line);
  }
  return action === 'start' || action === 'die' || action === 'destroy' ? action : undefined;
}

function tooManyEvents(): ProblemError {
  return new ProblemError({
    code: 'engine-error',
    message: `the Docker Engine sent more than ${budgets.engineEvents.atOnce} events of the agent’s container within seconds`,
    advice: 'See `docker events` for what starts and ends it. Its events are followed again later.',
  });
}

function notAnEvent(line: string): ProblemError {
  return new ProblemError({
    code: 'engine-bad-answer',
    message: `the Docker Engine’s event stream holds something else than events: ${printable(line, 80)}`,
    advice: 'Check that the Docker socket belongs to the Docker Engine and not to a proxy.',
  });
}

function streamProblem(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  return {
    code: 'engine-error',
    message: `the Docker Engine’s events cannot be followed: ${messageOf(thrown)}`,
    advice: 'If this stays, see `journalctl -u docker`. Until then changes are seen at the next look.',
  };
}
