import type { Host } from '../hosts/host.ts';
import { signalProcess } from '../processes.ts';
import type { EngineFault } from '../stand-ins/embedded-engine/faults.ts';
import { callsOfDaemon, type FaultHost } from './fault-host.ts';
import type { Fault, OddAnswer } from './schedule.ts';

/** Undoes a fault. */
export type Heal = () => Promise<void> | void;

const nothing: Heal = () => undefined;

/** Brings a fault about; resolves with its cure. */
export async function strike(fault: Fault, faultHost: FaultHost): Promise<Heal> {
  const { host, engine } = faultHost;
  const { imds, service: ecs, topology } = host.lab;
  switch (fault.part) {
    case 'imds':
      imds.addFault(fault.fault);
      return () => imds.clearFaults();
    case 'dns':
      faultHost.setName(fault.service, { outcome: fault.outcome });
      return () => faultHost.setName(fault.service, undefined);
    case 'answer': {
      const own = topology.privateAddresses[fault.service];
      const addresses = answerWith(fault.answer, own, topology.publicAddresses[fault.service]);
      faultHost.setName(fault.service, { addresses });
      return () => faultHost.setName(fault.service, undefined);
    }
    case 'port':
      await faultHost.setPort(fault.service, fault.zones, fault.mode);
      return () => faultHost.setPort(fault.service, fault.zones, 'open');
    case 'nat':
      await ecs.removeNat();
      return () => ecs.restoreNat();
    case 'api':
      ecs.setApiMode(fault.mode);
      return () => ecs.setApiMode('answer');
    case 'engine':
      if (fault.fault === 'restarted') await engine.restart();
      else return await strikeEngine(fault.fault, faultHost);
      return nothing;
    case 'agent':
      return await strikeAgent(fault.what, host);
    case 'daemon':
      return strikeDaemon(fault.what, faultHost);
  }
}

function answerWith(answer: OddAnswer, own: readonly string[], others: readonly string[]): readonly string[] {
  switch (answer) {
    case 'public':
      return others;
    case 'mixed':
      return [...own, ...others];
    case 'one-zone':
      return own.slice(1);
  }
}

async function strikeEngine(fault: EngineFault, { engine, socket }: FaultHost): Promise<Heal> {
  switch (fault) {
    case 'absent':
      socket.hide();
      return socket.show;
    case 'refuse':
      socket.leave();
      return socket.show;
    default:
      await engine.faults.set(fault, callsOfDaemon);
      return () => engine.faults.set(undefined);
  }
}

async function strikeAgent(what: 'killed' | 'frozen' | 'disconnected', { lab, engine }: Host): Promise<Heal> {
  if (what === 'disconnected') {
    for (const scope of ['public', 'private'] as const) {
      for (const address of lab.service.addresses(scope)) address.dropConnections();
    }
    return nothing;
  }
  // By its id, as faults of the Engine do not meet that: dockerode waits forever for an answer that breaks off.
  const [running] = await engine.docker.listContainers({ filters: { name: ['ecs-agent'] } });
  if (running === undefined) return nothing;
  const { State } = await engine.docker.getContainer(running.Id).inspect();
  if (State.Pid === 0) return nothing;
  signalProcess(State.Pid, what === 'killed' ? 'SIGKILL' : 'SIGSTOP');
  return what === 'killed' ? nothing : () => signalProcess(State.Pid, 'SIGCONT');
}

function strikeDaemon(what: 'killed' | 'frozen' | 'hung-up', faultHost: FaultHost): Heal {
  const daemon = faultHost.daemon();
  if (daemon === undefined) return nothing;
  switch (what) {
    case 'killed':
      faultHost.killDaemon();
      return faultHost.startDaemon;
    case 'frozen':
      daemon.kill('SIGSTOP');
      return () => daemon.kill('SIGCONT');
    case 'hung-up':
      // A process that is only being started heeds no signal yet; its unit sends none before it is ready.
      if (!daemon.events.some(({ event }) => event === 'daemon-started')) return nothing;
      for (let times = 0; times < 3; times += 1) daemon.kill('SIGHUP');
      return nothing;
  }
}
