import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EndpointService, endpointServices } from '../../../src/endpoints/endpoint-observation.ts';
import type { DnsBehaviour } from '../dns/behaviour.ts';
import { type DnsReply, type ProgrammableDns, startProgrammableDns } from '../dns/programmable.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from '../embedded-engine/embedded-engine.ts';
import { type Daemon, type Host, startHost } from '../host.ts';
import { signalProcess } from '../processes.ts';
import { makeTemporaryDirectory } from '../temporary-directory.ts';
import type { DaemonLife, History, ReplyKind } from './history.ts';
import type { Fault, OddAnswer, Schedule } from './schedule.ts';
import { type Promised, violations } from './violations.ts';

export interface Outcome {
  readonly seed: number;
  readonly incidents: number;
  readonly daemonKills: number;
  readonly restarts: number;
  /** From the last healing to the proof of the private path; undefined when that never came. */
  readonly settledAfterMs: number | undefined;
  readonly violations: readonly string[];
}
