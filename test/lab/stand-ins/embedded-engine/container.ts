import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { ApiError, NotModified } from './api-error.ts';
import { type ContainerProcess, startProcess } from './container-process.ts';
import type { CreateBody } from './create-body.ts';
import type { EventLog } from './event-log.ts';
import { nextBackoffMs, startsAgain } from './restart-policy.ts';
import { numberOf, parseSignal } from './signals.ts';

/** When a container is waited for. */
export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

const never = '0001-01-01T00:00:00Z';

export interface ContainerOptions {
  readonly name: string;
  readonly body: CreateBody;
  readonly imageId: string;
  readonly events: EventLog;
  readonly outputFile: string;
}

/** A container of the embedded Engine: Docker's states and events around a process of the host. */
export class Container {
  readonly id = randomBytes(32).toString('hex');
  readonly created = new Date();
  readonly name: string;
  readonly body: CreateBody;
  readonly imageId: string;
  readonly #events: EventLog;
  readonly #outputFile: string;

  status: 'created' | 'running' | 'restarting' | 'exited' = 'created';
  exitCode = 0;
  startedAt = never;
  finishedAt = never;
  restartCount = 0;
  #process: ContainerProcess | undefined;
  #startedAtMs = 0;
  #manuallyStopped = false;
  /** A stop whose event is not written yet. */
  #stopping = false;
  #backoffMs = 0;
  #pendingRestart: NodeJS.Timeout | undefined;
  #removed = false;
  /** Asked again at every change of state. */
  readonly #waiting = new Set<() => void>();

  constructor({ name, body, imageId, events, outputFile }: ContainerOptions) {
    this.name = name;
    this.body = body;
    this.imageId = imageId;
    this.#events = events;
    this.#outputFile = outputFile;
    this.#emit('create');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** As Docker counts: between two runs of its restart policy a container is `running` too. */
  get running(): boolean {
    return this.status === 'running' || this.status === 'restarting';
  }

  start(): void {
    if (this.status === 'running') {
      throw new NotModified();
    }
    clearTimeout(this.#pendingRestart);
    this.restartCount = 0;
    this.#backoffMs = 0;
    this.#run();
  }

  /** SIGKILL resolves once the process is gone, any other signal at once. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) {
      throw new ApiError(409, `Cannot kill container: ${this.name}: Container ${this.id} is not running`);
    }
    this.#signalByHand(signal);
    if (signal === 'SIGKILL') {
      await this.wait('not-running');
    }
  }

  /** The stop signal, and SIGKILL after `seconds`. */
  async stop(seconds: number): Promise<void> {
    if (!this.running) {
      throw new NotModified();
    }
    this.#stopping = true;
    await this.#end(seconds);
    this.#emitStop();
  }

  async restart(seconds: number): Promise<void> {
    if (this.running) {
      await this.stop(seconds);
    }
    this.start();
    this.#emit('restart');
  }

  async remove(force: boolean): Promise<void> {
    if (this.running && !force) {
      throw new ApiError(
        409,
        `You cannot remove a running container ${this.id}. Stop the container before attempting removal or force remove`,
      );
    }
    if (this.running) {
      await this.kill('SIGKILL');
    }
    this.#removed = true;
    this.#emit('destroy');
    this.#stateChanged();
  }

  /** Resolves with the exit code. */
  async wait(condition: WaitCondition): Promise<number> {
    const startedAt = this.startedAt;
    const isMet = () => {
      switch (condition) {
        case 'not-running':
          return !this.running;
        case 'removed':
          return this.#removed;
        case 'next-exit':
          return this.#process === undefined && this.startedAt !== never && this.startedAt >= startedAt;
      }
    };
    // What has ended already is not the *next* exit.
    if (condition === 'next-exit' || !isMet()) {
      await new Promise<void>((resolve) => {
        const ask = () => {
          if (isMet()) {
            this.#waiting.delete(ask);
            resolve();
          }
        };
        this.#waiting.add(ask);
      });
    }
    return this.exitCode;
  }

  /** The Engine ends: unlike `stop`, this does not call the restart policy off. */
  async shutDown(seconds: number): Promise<boolean> {
    if (!this.running) {
      return false;
    }
    const policy = this.body.HostConfig.RestartPolicy;
    const byHand = this.#manuallyStopped;
    await this.#end(seconds);
    return startsAgain(policy, {
      exitCode: this.exitCode,
      restartCount: this.restartCount,
      manuallyStopped: byHand,
    });
  }

  #run(): void {
    const output = openSync(this.#outputFile, 'a');
    try {
      const command = [...this.body.Entrypoint, ...this.body.Cmd];
      this.#process = startProcess(command, this.body.Env, output, this.body.HostConfig.Init ?? false);
    } catch (error) {
      this.status = 'exited';
      this.exitCode = 127;
      this.#stateChanged();
      throw new ApiError(400, `failed to create shim task: ${String(error)}`);
    } finally {
      closeSync(output);
    }
    this.status = 'running';
    this.exitCode = 0;
    this.#manuallyStopped = false;
    this.#startedAtMs = performance.now();
    this.startedAt = nanosecondTime();
    this.#emit('start');
    this.#stateChanged();
    void this.#process.ended.then((exitCode) => this.#ended(exitCode));
  }

  #runAgain(): void {
    try {
      this.#run();
    } catch {
      // The program is gone: `#run` has noted it, and nobody is there to be told.
    }
  }

  #ended(exitCode: number): void {
    this.#process = undefined;
    this.exitCode = exitCode;
    this.finishedAt = nanosecondTime();
    const { restartCount } = this;
    const again = startsAgain(this.body.HostConfig.RestartPolicy, {
      exitCode,
      restartCount,
      manuallyStopped: this.#manuallyStopped,
    });
    this.status = again ? 'restarting' : 'exited';
    if (again) {
      this.restartCount += 1;
      this.#backoffMs = nextBackoffMs(this.#backoffMs, performance.now() - this.#startedAtMs);
      this.#pendingRestart = setTimeout(() => this.#runAgain(), this.#backoffMs);
    }
    if (this.#events.stopOrder === 'stop-die') {
      this.#emitStop();
    }
    this.#emit('die', { exitCode: String(exitCode) });
    this.#stateChanged();
  }

  async #end(seconds: number): Promise<void> {
    this.#signalByHand(parseSignal(this.body.StopSignal ?? 'SIGTERM'));
    const deadline = setTimeout(() => this.#signalByHand('SIGKILL'), seconds * 1000);
    await this.wait('not-running');
    clearTimeout(deadline);
  }

  #signalByHand(signal: NodeJS.Signals): void {
    this.#manuallyStopped = true;
    if (this.#process === undefined) {
      // Between two runs there is no process: calling the next one off is enough.
      clearTimeout(this.#pendingRestart);
      this.status = 'exited';
      this.#stateChanged();
      return;
    }
    this.#process.signal(signal);
    this.#emit('kill', { signal: String(numberOf(signal)) });
  }

  #emitStop(): void {
    if (this.#stopping) {
      this.#stopping = false;
      this.#emit('stop');
    }
  }

  #emit(action: string, extra: Readonly<Record<string, string>> = {}): void {
    const attributes = { ...this.body.Labels, image: this.body.Image, name: this.name, ...extra };
    this.#events.emit(this.id, action, attributes);
  }

  #stateChanged(): void {
    for (const ask of [...this.#waiting]) {
      ask();
    }
  }
}

/** RFC 3339 with nine digits, different at every call, as the Engine's are. */
function nanosecondTime(): string {
  const nanoseconds = String(process.hrtime.bigint() % 1_000_000n).padStart(6, '0');
  return new Date().toISOString().replace('Z', `${nanoseconds}Z`);
}
