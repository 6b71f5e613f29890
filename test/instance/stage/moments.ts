import { openEngineGate } from '../../integration/daemon/engine-gate.ts';
import { stateDirectory } from './daemon-unit.ts';
import type { Stage } from './stage.ts';

/** A moment of a restart at which something is to happen to the daemon or to its host. */
export interface Moment {
  readonly name: string;
  /** Resolves when the restart has got there, and stays there until `release`. */
  reach(stage: Stage): Promise<Held>;
}

export interface Held {
  /** Lets the restart go on, or a daemon that follows do so. */
  release(): Promise<void>;
  /** What holds it lies on the machine's disk: it outlives a boot, and can only be released while the machine is on. */
  readonly onDisk: boolean;
}

const stateFile = `${stateDirectory}/state.json`;

/** The daemon is about to restart the agent and cannot write it down: where its file would be is a directory. */
async function holdIntent(stage: Stage): Promise<Held> {
  await stage.daemon.start();
  await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
  await stage.run('mv', '--force', stateFile, `${stateFile}.held`);
  await stage.run('mkdir', stateFile);
  await stage.createEndpoints();
  await stage.daemon.until('nothing on disk', ({ reason }) => reason.code === 'state-unwritable');
  const release = async () => {
    await stage.run('rmdir', stateFile);
    await stage.run('mv', `${stateFile}.held`, stateFile);
  };
  return { onDisk: true, release };
}

/** The daemon has decided to restart the agent, later. */
async function holdSchedule(stage: Stage): Promise<Held> {
  await stage.daemon.configure({ splay: '24h' });
  await stage.daemon.start();
  await stage.createEndpoints();
  await stage.daemon.until('scheduled', ({ phase }) => phase === 'scheduled');
  return { onDisk: true, release: () => stage.daemon.configure() };
}

/** The daemon has made its call: the Engine has not seen it yet, or its answer has not been seen. */
async function holdCall(stage: Stage, when: 'before' | 'after'): Promise<Held> {
  const run = `/proc/${stage.instance.machine.pid}/root/run`;
  const gate = await openEngineGate(`${run}/docker.sock`, run);
  await stage.daemon.configure({ 'docker-host': 'unix:///run/gate.sock' });
  const caught = gate.catch(/^POST \S*\/kill/, when);
  await stage.daemon.start();
  await stage.createEndpoints();
  await caught;
  // The next daemon goes to the Engine itself.
  await stage.daemon.configure();
  return { onDisk: false, release: () => gate.close() };
}

/** The agent has been killed, and ecs-init does not come round to a new one. */
async function holdSupervisor(stage: Stage): Promise<Held> {
  const supervisorPid = String(stage.before().supervisorPid);
  await stage.daemon.start();
  await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
  await stage.run('kill', '-STOP', supervisorPid);
  await stage.createEndpoints();
  await stage.daemon.until('no new agent', ({ reason }) => reason.code === 'waiting-for-supervisor');
  // Gone already after a reboot.
  return {
    onDisk: true,
    release: async () => void (await stage.instance.machine.exec(['kill', '-CONT', supervisorPid])),
  };
}

/** The new agent is up, and ECS does not register it. */
async function holdRegistration(stage: Stage): Promise<Held> {
  const { service } = stage.instance.lab;
  await stage.daemon.start();
  await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
  service.setApiMode('error');
  await stage.createEndpoints();
  await stage.daemon.until('a new agent', ({ phase }) => phase === 'verifying');
  return { onDisk: false, release: async () => service.setApiMode('answer') };
}

export const aboutToWriteIntent: Moment = {
  name: 'before its intent is on disk',
  reach: holdIntent,
};

export const scheduled: Moment = { name: 'before its intent', reach: holdSchedule };

export const afterIntent: readonly Moment[] = [
  { name: 'after its intent, before its call', reach: (stage) => holdCall(stage, 'before') },
  { name: 'after its call, before the answer', reach: (stage) => holdCall(stage, 'after') },
  { name: 'after the kill, before the new container', reach: holdSupervisor },
  { name: 'during the verification', reach: holdRegistration },
];
