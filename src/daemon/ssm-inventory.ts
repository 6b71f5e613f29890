import { readdirSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removeUnfinished, writeFileAtomic } from '../kit/atomic-file.ts';
import type { Clock } from '../kit/clock.ts';
import { unlessGone } from '../kit/files.ts';
import { errorCodeOf, messageOf, type Problem, type ProblemCode, ProblemError } from '../kit/problem.ts';
import { inRootDirectory, UntrustedDirectoryError } from '../kit/root-directory.ts';
import type { Log } from '../report/logger.ts';
import { type FleetRecord, fleetRecord, inventoryDocument, isNews } from '../report/record.ts';
import type { Status } from '../report/status-schema.ts';
import { type InventoryNote, inventoryFile } from './inventory-note.ts';

export interface SsmInventoryOptions {
  /** `off`, `auto`, or a directory. */
  readonly setting: string;
  /** Where the SSM agent keeps what is its own. */
  readonly ssmDir: string;
  readonly note: InventoryNote;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Keeps the record where the SSM agent picks it up. Imported late: where it is off, none of it is loaded. */
export interface SsmInventory {
  /** Told of each look. Never throws. */
  publish(status: Status): void;
}

/** Rewritten after so long without news, so that its `SeenAt` tells of a daemon that lives. */
const rewriteMs = 600_000;

/**
 * The SSM agent reads no more than 20 files that end in `.json`, of whatever kind; with one more it sends nothing of the
 * host's whole inventory (amazon-ssm-agent, custom inventory gatherer).
 */
const mostFiles = 20;

/** In log lines. */
const where = 'ssm-inventory';

type Done = 'written' | 'removed';

export function createSsmInventory({ setting, ssmDir, note, clock, log }: SsmInventoryOptions): SsmInventory {
  /** Where a record lies, as far as is known; read from the note at first. */
  let lies: { readonly path: string | undefined } | undefined;
  let written: { readonly record: FleetRecord; readonly monoMs: number } | undefined;
  let told: ProblemCode | undefined;

  /** @throws ProblemError */
  function keep(status: Status): void {
    lies ??= { path: note.read() };
    const place = setting === 'auto' ? ofInstance(ssmDir, status) : setting;
    if (place === undefined) return;
    const path = join(place, inventoryFile);
    if (lies.path !== undefined && (setting === 'off' || lies.path !== path)) leave(lies.path);
    if (setting === 'off') return;
    const record = fleetRecord(status);
    const { monoMs } = clock.now();
    if (written && monoMs - written.monoMs < rewriteMs && !isNews(written.record, record)) return;
    const isThere = inPlace(place, 'written', (directory) => {
      if (lies?.path !== path) note.write(path);
      lies = { path };
      const file = join(directory, inventoryFile);
      if (otherFiles(directory) >= mostFiles) {
        unlessGone(() => unlinkSync(file));
        throw new ProblemError(full(place));
      }
      if (!written) removeUnfinished(file);
      writeFileAtomic(file, inventoryDocument(record), { mode: 0o600, durable: false });
    });
    written = isThere ? { record, monoMs } : undefined;
  }

  /** Removes what was written elsewhere, or before it was switched off. @throws ProblemError */
  function leave(path: string): void {
    inPlace(dirname(path), 'removed', (directory) => {
      removeUnfinished(join(directory, inventoryFile));
      unlinkSync(join(directory, inventoryFile));
    });
    note.clear();
    lies = { path: undefined };
  }

  return {
    publish: (status) => {
      try {
        keep(status);
        if (told) log('problem-cleared', { problem: told, where });
        told = undefined;
      } catch (error) {
        written = undefined;
        const problem =
          error instanceof ProblemError ? error.problem : failed('The record', 'written', error);
        const { code, message: detail, advice } = problem;
        if (told !== code) log('problem', { problem: code, where, detail, advice });
        told = code;
      }
    },
  };
}

/** Undefined while the instance's id is not known. */
function ofInstance(ssmDir: string, { instance }: Status): string | undefined {
  return instance.instanceId === null ? undefined : join(ssmDir, instance.instanceId, 'inventory/custom');
}

/**
 * Returns whether the directory, and what was done with in it, is there: the SSM agent makes it when it starts for the
 * first time.
 * @throws ProblemError
 */
function inPlace(place: string, done: Done, act: (directory: string) => void): boolean {
  try {
    return unlessGone(() => inRootDirectory(place, act) ?? true) ?? false;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (error instanceof UntrustedDirectoryError) throw new ProblemError(untrusted(place, error.message));
    throw new ProblemError(failed(join(place, inventoryFile), done, error), { cause: error });
  }
}

/** How many others the SSM agent counts, which are more than files: directories and dangling links of such a name too. */
function otherFiles(directory: string): number {
  return readdirSync(directory).filter((name) => name.endsWith('.json') && name !== inventoryFile).length;
}

function full(place: string): Problem {
  return {
    code: 'ssm-inventory-full',
    message: `${place} has ${mostFiles} other .json files or more: with ours the SSM agent would send nothing of its inventory`,
    advice: 'Remove the custom inventory files that nobody needs; the record is written with the next look.',
  };
}

function untrusted(place: string, why: string): Problem {
  return {
    code: 'ssm-inventory-untrusted',
    message: `${place} is not written to: ${why}`,
    advice:
      'Set ECS_PRIVATELINKD_SSM_INVENTORY to the directory itself, not to a link, and see that root owns it and no ' +
      'other may write to it (`namei -l`).',
  };
}

function failed(path: string, done: Done, error: unknown): Problem {
  const code = errorCodeOf(error);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return {
    code: 'ssm-inventory-unwritable',
    message: `${path} cannot be ${done}: ${messageOf(error)}`,
    advice: isFull
      ? 'Free space on that file system (`df -h`, `df -i`).'
      : 'Where the SSM agent was installed after this daemon started: `systemctl restart ecs-privatelinkd`. Another ' +
        "directory must be among the unit's ReadWritePaths (docs/fleet-record.md).",
  };
}
