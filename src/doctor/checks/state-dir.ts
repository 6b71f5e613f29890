import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { largestJournal } from '../../daemon/journal-file.ts';
import { readBounded } from '../../kit/files.ts';
import { errorCodeOf, messageOf } from '../../kit/problem.ts';
import { readJournal } from '../../reconcile/journal-reading.ts';
import { check } from '../check.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';

const noIntent = 'Before every restart its intent is written there; where that fails, no restart is made.';

export const stateDirCheck = check({
  name: 'state-dir',
  title: 'The directory of what must survive a reboot: writable, not full, sound',
  findings: {
    'state-unwritable': fail(
      noIntent,
      'Make {directory} writable for root (read-only mount? `findmnt -T {directory}`), or set ECS_PRIVATELINKD_STATE_DIR.',
    ),
    'state-disk-full': fail(noIntent, 'Free space: `df -h {directory}`, `df -i {directory}`.'),
    'state-corrupt': warn(
      'What was known of earlier restarts is lost; the daemon sets the file aside at its next start.',
      'Nothing to do. Keep {directory}/state.json for a report if this happens again.',
    ),
    'state-not-yet': skip('The daemon creates it at its first start.', 'Nothing to do.'),
    'state-unread': skip('Only root may look into it.', 'Run as root.'),
  },
  needs: [],
  run: async (host) => {
    const directory = host.settings.stateDir;
    try {
      await access(directory, constants.W_OK);
    } catch (thrown) {
      const code = errorCodeOf(thrown);
      if (code === 'ENOENT') return found('state-not-yet', `${directory} is not there yet`);
      if (code === 'EACCES' && process.getuid?.() !== 0) return found('state-unread', messageOf(thrown));
      return found('state-unwritable', messageOf(thrown));
    }
    const { bavail, files, ffree } = await statfs(directory);
    if (bavail === 0 || (files > 0 && ffree === 0)) {
      return found('state-disk-full', `no space left for ${directory}`);
    }
    const sound = journalIsSound(join(directory, 'state.json'));
    return sound ? passed(`${directory} is writable`) : found('state-corrupt', 'state.json is corrupt');
  },
});

/** True too when there is none. */
function journalIsSound(path: string): boolean {
  try {
    const text = readBounded(path, largestJournal);
    return text === undefined || readJournal(JSON.parse(text)) !== undefined;
  } catch {
    return false;
  }
}
