import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { agentImage, agentSpec, importEmptyImage, removeContainer } from '../hosts/agent-container.ts';
import { identify, isAlive, type ProcessIdentity } from '../processes.ts';

/** Beginning of the names of all containers of a rehearsal. */
const containerPrefix = 'ecs-privatelinkd-rehearsal-';
export const agentContainerName = `${containerPrefix}agent`;

/** Says which process a container of a rehearsal belongs to. */
const ownerLabel = 'ecs-privatelinkd.rehearsal';

export function ownerLabels(): Record<string, string> {
  return { [ownerLabel]: JSON.stringify(identify(process.pid)) };
}

/** A container that does nothing but own a network namespace with nothing in it but `lo`. */
export interface Holder {
  readonly name: string;
  /** Path of its network namespace. */
  readonly networkNamespace: string;
  close(): Promise<void>;
}

const upWithinMs = 10_000;

/**
 * Starts a holder on a real Engine, and finds out on the way whether the Engine sees this machine's files and this
 * process sees the Engine's processes: neither is so when the Engine runs elsewhere (a sibling container, a VM).
 * @param directory one that the holder may write to
 * @throws Error in words for the user
 */
export async function startHolder(docker: Dockerode, directory: string): Promise<Holder> {
  await removeLeftContainers(docker);
  const name = `${containerPrefix}${process.pid}`;
  const close = async () => {
    // Gone already, unless the process inside came to a sudden end.
    await removeContainer(docker, agentContainerName);
    await removeContainer(docker, name);
    // Refused where a container of somebody else's uses it.
    await docker
      .getImage(agentImage)
      .remove()
      .catch(() => {});
  };
  try {
    await importEmptyImage(docker);
    const nonce = randomUUID();
    const exchange = join(directory, 'holder');
    mkdirSync(exchange);
    const { HostConfig, ...spec } = agentSpec('docker', {
      program: process.argv[1] ?? '',
      env: {},
      binds: [exchange],
      networkMode: 'none',
      init: false,
      labels: ownerLabels(),
    });
    const container = await docker.createContainer({
      ...spec,
      name,
      Cmd: ['/node', '-e', holderProgram, exchange, nonce],
      // Whatever happens to the rehearsal, the holder ends within the hour and leaves nothing.
      HostConfig: { ...HostConfig, AutoRemove: true },
    });
    await container.start();
    await untilWritten(join(exchange, 'nonce'), nonce);
    const { Pid } = (await container.inspect()).State;
    if (!readCommandLine(Pid).includes(nonce)) {
      throw new Error("the Engine's processes cannot be seen from here");
    }
    const networkNamespace = `/proc/${Pid}/ns/net`;
    if (readlinkSync(networkNamespace) === readlinkSync('/proc/self/ns/net')) {
      throw new Error('the Engine gave the holder no network of its own');
    }
    return { name, networkNamespace, close };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

/** Removes the containers of rehearsals whose process is gone. @throws Error when another rehearsal is under way */
async function removeLeftContainers(docker: Dockerode): Promise<void> {
  for (const { Id, Labels } of await docker.listContainers({ all: true, filters: { label: [ownerLabel] } })) {
    const owner: ProcessIdentity = JSON.parse(Labels[ownerLabel] ?? '{}');
    if (isAlive(owner) !== false) {
      throw new Error('another rehearsal is using this Engine');
    }
    await removeContainer(docker, Id);
  }
}

const holderProgram = `
  const [directory, nonce] = process.argv.slice(1);
  require('node:fs').writeFileSync(directory + '/nonce', nonce);
  process.on('SIGTERM', () => process.exit(0));
  setTimeout(() => process.exit(0), 3600000);
`;

async function untilWritten(file: string, text: string): Promise<void> {
  const deadline = performance.now() + upWithinMs;
  while (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    if (performance.now() > deadline) {
      throw new Error("the Engine's containers do not see this machine's files");
    }
    await delay(50);
  }
}

function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
