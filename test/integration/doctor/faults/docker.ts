import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { type Fault, listenOnSocket } from './scene.ts';

export const dockerFaults: readonly Fault[] = [
  {
    name: 'there is no Docker socket',
    produce: async () => ({ 'docker-host': 'unix:///run/no-such.sock' }),
    cause: 'docker-engine',
    code: 'engine-missing',
    advice: /systemctl start docker/,
  },
  {
    name: 'nothing listens on the Docker socket',
    produce: ({ host: { lab } }) => {
      const path = join(lab.directory, 'dead.sock');
      const script = `require('node:net').createServer().listen('${path}', () => process.kill(process.pid, 'SIGKILL'))`;
      try {
        execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' });
      } catch {
        // As meant: a killed process leaves its socket behind.
      }
      return { 'docker-host': `unix://${path}` };
    },
    cause: 'docker-engine',
    code: 'engine-refused',
    advice: /systemctl start docker/,
  },
  {
    name: 'the Docker Engine hangs',
    produce: (scene) => listenOnSocket(scene, 'hung.sock', undefined),
    cause: 'docker-engine',
    code: 'engine-timeout',
    advice: /journalctl -u docker/,
  },
  {
    name: 'something else answers on the Docker socket',
    produce: (scene) => listenOnSocket(scene, 'other.sock', '<html>It works!</html>'),
    cause: 'docker-engine',
    code: 'engine-bad-answer',
    advice: /curl --unix-socket/,
  },
];
