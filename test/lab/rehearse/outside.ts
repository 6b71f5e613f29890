import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { messageOf } from '../../../src/kit/problem.ts';
import { inCheckout } from '../checkout.ts';
import { dockerAt } from '../hosts/docker-client.ts';
import { claimDirectory, leftDirectories } from '../owned-directory.ts';
import { exitCodeOf } from '../processes.ts';
import { findDockerEngine } from './engine-choice.ts';
import { exitCodes, interruptions } from './exit-codes.ts';
import { type Holder, startHolder } from './holder.ts';
import { argumentsInside, type InsideOptions, type RehearsalOptions } from './options.ts';
import { Timeline } from './timeline.ts';

const namespaceScript = inCheckout('test/lab/namespace.sh');

/** Chooses the Engine and the network, rehearses there, and removes what it made. Resolves with the exit code. */
export async function rehearseOutside(options: RehearsalOptions, begunAt: number): Promise<number> {
  const timeline = new Timeline({ json: options.json, begunAt });
  // Signals are the child's to act on, where there is one; it ends, and the cleaning up follows.
  let child: ReturnType<typeof spawn> | undefined;
  let interruptedBy: number | undefined;
  for (const [name, code] of Object.entries(interruptions)) {
    process.on(name, () => {
      interruptedBy ??= code;
      // Not SIGINT, which namespace.sh leaves to the terminal; where there is none, it would reach nobody.
      child?.kill('SIGTERM');
    });
  }

  const runInside = (command: readonly string[], inside: Omit<InsideOptions, 'begunAt'>): Promise<number> =>
    new Promise((resolve, reject) => {
      if (interruptedBy !== undefined) {
        resolve(interruptedBy);
        return;
      }
      // Ends with this process, however that ends.
      const args = [
        '--pdeathsig=KILL',
        ...command,
        process.execPath,
        process.argv[1] ?? '',
        ...argumentsInside(options, { ...inside, begunAt }),
      ];
      child = spawn('setpriv', args, { stdio: 'inherit' });
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(interruptedBy ?? exitCodeOf(code, signal)));
    });

  if (options.engine !== 'embedded') {
    const found = await findDockerEngine(process.env, process.getuid?.() ?? -1);
    const result = 'whyNot' in found ? found : await openHolder(found.socketPath);
    if ('holder' in result && 'version' in found) {
      const { socketPath, version } = found;
      timeline.tell('engine', 'docker', `Docker Engine ${version} at ${socketPath}: real containers`, {
        version,
      });
      try {
        return await runInside(['nsenter', `--net=${result.holder.networkNamespace}`, 'unshare', '--mount'], {
          engine: 'docker',
          place: 'namespace',
          socketPath,
          holder: result.holder.name,
        });
      } finally {
        await result.close();
      }
    }
    const whyNot = 'whyNot' in result ? result.whyNot : '';
    if (options.engine === 'docker') {
      timeline.tell('engine', 'impossible', whyNot);
      return exitCodes.impossible;
    }
    timeline.tell('engine', 'no-docker', `embedded, because ${whyNot}`);
  }

  const inside = { engine: 'embedded', socketPath: undefined, holder: undefined } as const;
  const refusal = whyNoNamespace();
  if (refusal === undefined) {
    return runInside([namespaceScript], { ...inside, place: 'namespace' });
  }
  timeline.tell('lab', 'no-namespace', `on loopback addresses, because of this: ${refusal}`);
  return runInside([], { ...inside, place: 'loopback' });
}

interface OpenHolder {
  readonly holder: Holder;
  close(): Promise<void>;
}

async function openHolder(socketPath: string): Promise<OpenHolder | { readonly whyNot: string }> {
  for (const left of leftDirectories('rehearsal')) {
    rmSync(left, { recursive: true, force: true });
  }
  const directory = claimDirectory('rehearsal');
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  try {
    const holder = await startHolder(dockerAt(socketPath), directory);
    return {
      holder,
      close: async () => {
        await holder.close();
        removeDirectory();
      },
    };
  } catch (error) {
    removeDirectory();
    return { whyNot: `the Docker Engine at ${socketPath} cannot be used: ${messageOf(error)}` };
  }
}

function whyNoNamespace(): string | undefined {
  try {
    execFileSync(namespaceScript, ['true'], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    return said.split('\n')[0] || messageOf(error);
  }
}
