import { existsSync, mkdirSync, unlinkSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import { readBounded, unlessGone } from '../kit/files.ts';

/** The record's name in the SSM agent's directory: that agent reads what ends in `.json`, and no other. */
export const inventoryFile = 'ecs-privatelinkd.json';

/**
 * Where the record was written last, so that it goes with the setting and with the uninstall, which read it: one line,
 * the path.
 */
export interface InventoryNote {
  /** The path that it tells of; undefined where there is none. @throws the system error where it cannot be read */
  read(): string | undefined;
  /** @throws the system error of the failed step */
  write(path: string): void;
  /** @throws the system error of the failed step */
  clear(): void;
}

export function inventoryNoteExists(stateDir: string): boolean {
  return existsSync(notePath(stateDir));
}

export function createInventoryNote(stateDir: string): InventoryNote {
  const note = notePath(stateDir);
  return {
    read: () => {
      const path = readBounded(note, 4096)?.trimEnd();
      // Whatever it may say, no other file is ever removed for it.
      return path !== undefined && isAbsolute(path) && basename(path) === inventoryFile ? path : undefined;
    },
    write: (path) => {
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      writeFileAtomic(note, `${path}\n`, { mode: 0o600, durable: true });
    },
    clear: () => unlessGone(() => unlinkSync(note)),
  };
}

function notePath(stateDir: string): string {
  return join(stateDir, 'ssm-inventory');
}
