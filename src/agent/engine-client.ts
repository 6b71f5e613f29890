import { addAbortSignal, Readable } from 'node:stream';
import Docker from 'dockerode';
import * as v from 'valibot';
import { LateError, within } from '../kit/deadline.ts';
import { type Problem, ProblemError } from '../kit/problem.ts';
import {
  type EngineVersion,
  engineVersionSchema,
  type InspectAnswer,
  inspectAnswerSchema,
} from './engine-answers.ts';
import { engineBadAnswer, engineFailure, engineTimeout } from './engine-problem.ts';
import { EngineStatusError, engineTransport } from './engine-transport.ts';

/** Milliseconds that a kill or a start may take: an Engine under load needs seconds for either. */
const ACT_TIMEOUT_MS = 30_000;
/** Seconds that `restart` gives the process to end by itself before the Engine kills it. */
export const RESTART_GRACE_SECONDS = 30;

/**
 * The calls made to the Docker Engine, and no others. Unversioned, so that every Engine from API 1.24 on
 * answers in its own version. All reject with a `ProblemError` whose code begins with `engine-`, or with the
 * signal's reason once `signal` aborts.
 */
export interface EngineClient {
  version(signal: AbortSignal): Promise<EngineVersion>;
  /** Undefined when there is no container of that name. */
  inspect(name: string, signal: AbortSignal): Promise<InspectAnswer | undefined>;
  /** SIGKILL. Both other outcomes mean that the process had ended already. */
  kill(id: string, signal: AbortSignal): Promise<'killed' | 'not-running' | 'gone'>;
  /** Resolves once the new process is started: after `RESTART_GRACE_SECONDS` and some, if the old one clings. */
  restart(id: string, signal: AbortSignal): Promise<'restarted' | 'gone'>;
  start(id: string, signal: AbortSignal): Promise<'started' | 'already-running' | 'gone'>;
  /** JSON lines of the container's starts and ends from now on; destroyed when `signal` aborts. */
  events(name: string, signal: AbortSignal): Promise<Readable>;
}

export interface EngineClientOptions {
  readonly socketPath: string;
  /** Milliseconds to wait for an answer to a question. */
  readonly answerTimeoutMs: number;
  /** Asked before each connection: what forbids it. */
  readonly atRest?: (signal: AbortSignal) => Promise<Problem | undefined>;
}

export function createEngineClient(options: EngineClientOptions): EngineClient {
  const { socketPath, answerTimeoutMs, atRest } = options;
  // Its types do not know the option, and take an unknown one for none at all.
  const dockerOptions = { socketPath, modem: engineTransport(socketPath) };
  const docker = new Docker(dockerOptions);

  async function refuseAtRest(signal: AbortSignal): Promise<void> {
    const problem = await atRest?.(signal);
    if (problem) throw new ProblemError(problem);
  }

  /** The answer, or `outcomes[status]` for an HTTP status named there. */
  async function call<T, O = never>(
    { what, timeoutMs = answerTimeoutMs }: { readonly what: string; readonly timeoutMs?: number },
    signal: AbortSignal,
    run: (abortSignal: AbortSignal) => Promise<T>,
    outcomes: ReadonlyMap<number, O> = new Map(),
  ): Promise<T | O> {
    try {
      await refuseAtRest(signal);
      return await within(what, timeoutMs, signal, run);
    } catch (thrown) {
      if (signal.aborted || thrown instanceof ProblemError) throw thrown;
      if (thrown instanceof LateError) throw engineTimeout(what, timeoutMs);
      const outcome = thrown instanceof EngineStatusError ? outcomes.get(thrown.status) : undefined;
      if (outcome !== undefined) return outcome;
      throw engineFailure(what, socketPath, thrown);
    }
  }

  function parse<S extends v.GenericSchema>(what: string, schema: S, answer: unknown): v.InferOutput<S> {
    const parsed = v.safeParse(schema, answer);
    if (parsed.success) return parsed.output;
    throw engineBadAnswer(what, socketPath, typeof answer === 'string' ? answer : v.summarize(parsed.issues));
  }

  return {
    async version(signal) {
      const what = 'GET /version';
      const answer = await call({ what }, signal, async (abortSignal): Promise<unknown> => {
        // Its types know of no options here, unlike dockerode itself.
        return await Reflect.apply(docker.version, docker, [{ abortSignal }]);
      });
      return parse(what, engineVersionSchema, answer);
    },

    async inspect(name, signal) {
      const what = `GET /containers/${name}/json`;
      const answer = await call(
        { what },
        signal,
        (abortSignal) => docker.getContainer(encodeURIComponent(name)).inspect({ abortSignal }),
        new Map([[404, 'absent' as const]]),
      );
      return answer === 'absent' ? undefined : parse(what, inspectAnswerSchema, answer);
    },

    async kill(id, signal) {
      return await call(
        { what: `POST /containers/${id}/kill?signal=SIGKILL`, timeoutMs: ACT_TIMEOUT_MS },
        signal,
        async (abortSignal) => {
          try {
            await docker.getContainer(id).kill({ signal: 'SIGKILL', abortSignal });
          } catch (thrown) {
            // Before API 1.31 the Engine said 500 where it now says 409.
            const old = thrown instanceof EngineStatusError && thrown.status === 500;
            if (old && thrown.message.includes('is not running')) return 'not-running' as const;
            throw thrown;
          }
          return 'killed' as const;
        },
        new Map([
          [404, 'gone' as const],
          [409, 'not-running' as const],
        ]),
      );
    },

    async restart(id, signal) {
      return await call(
        {
          what: `POST /containers/${id}/restart?t=${RESTART_GRACE_SECONDS}`,
          timeoutMs: RESTART_GRACE_SECONDS * 1000 + ACT_TIMEOUT_MS,
        },
        signal,
        async (abortSignal) => {
          await docker.getContainer(id).restart({ t: RESTART_GRACE_SECONDS, abortSignal });
          return 'restarted' as const;
        },
        new Map([[404, 'gone' as const]]),
      );
    },

    async start(id, signal) {
      return await call(
        { what: `POST /containers/${id}/start`, timeoutMs: ACT_TIMEOUT_MS },
        signal,
        async (abortSignal) => {
          await docker.getContainer(id).start({ abortSignal });
          return 'started' as const;
        },
        new Map([
          [304, 'already-running' as const],
          [404, 'gone' as const],
        ]),
      );
    },

    async events(name, signal) {
      const filters = JSON.stringify({
        type: ['container'],
        container: [name],
        event: ['start', 'die', 'destroy'],
      });
      const what = 'GET /events';
      const stream = await call({ what }, signal, (abortSignal) => {
        const query = { filters, abortSignal };
        return docker.getEvents(query);
      });
      if (!(stream instanceof Readable)) throw engineBadAnswer(what, socketPath, 'no stream');
      return addAbortSignal(signal, stream);
    },
  };
}
