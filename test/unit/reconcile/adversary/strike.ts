import { type EndpointService, endpointServices } from '../../../../src/settings/endpoint-services.ts';
import type { EndpointChange, Incident, OperatorAct } from './incidents.ts';
import type { ModelHost } from './model-host.ts';

/** The incidents that are the host's; those of the daemon's process are none of its business. */
export type HostIncident = Exclude<Incident, { kind: 'daemon-killed' | 'reboot' | 'request' | 'sighup' }>;

/** The agent notices a lost connection by its heartbeats; how soon is a matter of chance. */
const noticedWithinMs = 20_000;

type Strikes = {
  readonly [Kind in HostIncident['kind']]: (
    host: ModelHost,
    incident: Extract<HostIncident, { kind: Kind }>,
  ) => void;
};

const strikes: Strikes = {
  endpoint: (host, { service, what }) => changeEndpoints(host, [service], what),
  'all-endpoints': (host, { what }) => changeEndpoints(host, endpointServices, what),
  'security-group': (host, { service, open }) => {
    host.network.endpoints[service].open = open;
    host.dropLost(noticedWithinMs);
  },
  policy: ({ network, nowMs }, { refuses }) => {
    network.refuses = refuses;
    network.policySinceMs = nowMs;
  },
  nat: (host, { there }) => {
    host.network.nat = there;
    if (!there) dropPublic(host);
  },
  dns: ({ network }, { mode }) => {
    network.dns = mode;
  },
  'odd-name': ({ network }, { service, odd }) => {
    if (odd === undefined) network.odd.clear();
    else network.odd.set(service, odd);
  },
  'agent-exits': (host, { code }) => {
    if (host.container?.paused !== true) host.endProcess(code, 'itself');
  },
  'crash-loops': (host, { on }) => {
    host.crashLoops = on;
  },
  'own-resolver': ({ network }, { on }) => {
    network.agentHasOwnResolver = on;
  },
  distrusts: ({ network }, { on }) => {
    network.agentDistrusts = on;
  },
  deregistered: (host) => {
    host.network.deregistered = true;
    host.dropConnections(500);
  },
  'connections-vanish': (host, { againInMs }) => host.dropConnections(againInMs),
  operator: (host, { does }) => operatorDoes(host, does),
  'supervisor-dies': ({ supervisor, nowMs }) => supervisor.dies(nowMs),
  'shim-crashes': (host) => host.shimCrashes(),
  engine: (host, { what }) => {
    if (what === 'hangs') host.engineHangs();
    else if (what === 'recovers') host.engineRecovers();
    else host.engineRestarts(2_000);
  },
  systemctl: (host, { works }) => {
    host.systemctlWorks = works;
  },
  disk: (host, { writable }) => {
    host.diskWritable = writable;
  },
  readable: (host, { what, yes }) => {
    if (what === 'sockets') host.socketsReadable = yes;
    else host.logReadable = yes;
  },
  tasks: (host, { starting }) => {
    host.tasksStarting = starting;
  },
  terminating: (host, { on }) => {
    host.terminating = on;
  },
  'wall-clock': (host, { byMs }) => {
    host.wallOffsetMs += byMs;
  },
};

/** Does an incident to a host. */
export function strike(host: ModelHost, incident: HostIncident): void {
  // The compiler does not see that the row of a kind is given an incident of that kind.
  const row = strikes[incident.kind] as (host: ModelHost, incident: HostIncident) => void;
  row(host, incident);
}

function changeEndpoints(host: ModelHost, services: readonly EndpointService[], what: EndpointChange): void {
  for (const service of services) {
    const endpoint = host.network.endpoints[service];
    if (what === 'withdrawn') {
      endpoint.exists = false;
      endpoint.privateDns = false;
    } else if (what === 'private-dns-off') {
      endpoint.privateDns = false;
    } else {
      if (!endpoint.exists || what === 'created-anew') endpoint.generation += 1;
      endpoint.exists = true;
      endpoint.privateDns = true;
    }
  }
  host.dropLost(noticedWithinMs);
}

function dropPublic({ agent, nowMs }: ModelHost): void {
  if (agent === undefined) return;
  for (const websocket of [agent.acs, agent.tcs]) {
    if (websocket.connection?.to === 'public') websocket.close(nowMs, noticedWithinMs);
  }
}

const throughEngine: Readonly<Record<Exclude<OperatorAct, `unit-${string}`>, (host: ModelHost) => void>> = {
  stop: (host) => void host.dockerStop(),
  start: (host) => host.startContainer(),
  restart: (host) => host.dockerRestart(),
  kill: (host) => host.endProcess(137, 'kill'),
  remove: (host) => host.dockerRemove(),
  pause: (host) => host.pause(),
  unpause: (host) => host.unpause(),
};

function operatorDoes(host: ModelHost, act: OperatorAct): void {
  const { supervisor, nowMs } = host;
  if (act === 'unit-stop') supervisor.stopUnit();
  else if (act === 'unit-start') supervisor.startUnit(nowMs);
  else if (act === 'unit-restart') supervisor.restartUnit(nowMs);
  else if (host.engine === 'works') throughEngine[act](host);
}

/** Puts all in order, as an operator would who has read what is said. */
export function heal(host: ModelHost): void {
  const { network, supervisor } = host;
  const agentMustStartAnew =
    network.agentHasOwnResolver || network.deregistered || host.container?.processGone === true;
  network.dns = 'vpc';
  network.odd.clear();
  network.refuses = undefined;
  network.policySinceMs = host.nowMs;
  network.agentHasOwnResolver = false;
  network.agentDistrusts = false;
  network.deregistered = false;
  for (const service of endpointServices) network.endpoints[service].open = true;
  host.crashLoops = false;
  host.systemctlWorks = true;
  host.diskWritable = true;
  host.socketsReadable = true;
  host.logReadable = true;
  host.tasksStarting = 0;
  host.terminating = false;
  host.unpause();
  changeEndpoints(host, endpointServices, 'created');
  host.engineRecovers();
  if (supervisor.hasUnit) {
    if (agentMustStartAnew || (host.agent === undefined && supervisor.isIdle))
      supervisor.restartUnit(host.nowMs);
    else if (host.agent === undefined) supervisor.startUnit(host.nowMs);
  } else {
    if (agentMustStartAnew) host.dockerRestart();
    if (host.container === undefined) host.createContainer();
    else host.startContainer();
  }
}
