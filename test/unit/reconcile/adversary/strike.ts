import { type EndpointService, endpointServices } from '../../../../src/settings/endpoint-services.ts';
import type { EndpointChange, Incident, OperatorAct } from './incidents.ts';
import type { ModelHost } from './model-host.ts';

/** The incidents that are the host's; those of the daemon's process are none of its business. */
export type HostIncident = Exclude<Incident, { kind: 'daemon-killed' | 'reboot' | 'request' | 'sighup' }>;

/** The agent notices a lost connection by its heartbeats; how soon is a matter of chance. */
const noticedWithinMs = 20_000;

/** Does an incident to a host. */
export function strike(host: ModelHost, incident: HostIncident): void {
  const { network } = host;
  switch (incident.kind) {
    case 'endpoint':
      return changeEndpoints(host, [incident.service], incident.what);
    case 'all-endpoints':
      return changeEndpoints(host, endpointServices, incident.what);
    case 'security-group':
      network.endpoints[incident.service].open = incident.open;
      return host.dropLost(noticedWithinMs);
    case 'policy':
      network.refuses = incident.refuses;
      return;
    case 'nat':
      network.nat = incident.there;
      if (!incident.there) dropPublic(host);
      return;
    case 'dns':
      network.dns = incident.mode;
      return;
    case 'odd-name':
      if (incident.odd === undefined) network.odd.clear();
      else network.odd.set(incident.service, incident.odd);
      return;
    default:
      return strikeHost(host, incident);
  }
}

type NetworkKind = 'endpoint' | 'all-endpoints' | 'security-group' | 'policy' | 'nat' | 'dns' | 'odd-name';

function strikeHost(host: ModelHost, incident: Exclude<HostIncident, { kind: NetworkKind }>): void {
  const { network } = host;
  switch (incident.kind) {
    case 'agent-exits':
      if (host.container?.paused !== true) host.endProcess(incident.code, 'itself');
      return;
    case 'crash-loops':
      host.crashLoops = incident.on;
      return;
    case 'own-resolver':
      network.agentHasOwnResolver = incident.on;
      return;
    case 'distrusts':
      network.agentDistrusts = incident.on;
      return;
    case 'deregistered':
      network.deregistered = true;
      return host.dropConnections(500);
    case 'connections-vanish':
      return host.dropConnections(incident.againInMs);
    case 'operator':
      return operatorDoes(host, incident.does);
    case 'supervisor-dies':
      return host.supervisor.dies(host.nowMs);
    case 'shim-crashes':
      return host.shimCrashes();
    case 'engine':
      if (incident.what === 'hangs') host.engineHangs();
      else if (incident.what === 'recovers') host.engineRecovers();
      else host.engineRestarts(2_000);
      return;
    default:
      return setOnHost(host, incident);
  }
}

type OnHost = Extract<
  HostIncident,
  { kind: 'systemctl' | 'disk' | 'readable' | 'tasks' | 'terminating' | 'wall-clock' }
>;

function setOnHost(host: ModelHost, incident: OnHost): void {
  switch (incident.kind) {
    case 'systemctl':
      host.systemctlWorks = incident.works;
      return;
    case 'disk':
      host.diskWritable = incident.writable;
      return;
    case 'readable':
      if (incident.what === 'sockets') host.socketsReadable = incident.yes;
      else host.logReadable = incident.yes;
      return;
    case 'tasks':
      host.tasksStarting = incident.starting;
      return;
    case 'terminating':
      host.terminating = incident.on;
      return;
    case 'wall-clock':
      host.wallOffsetMs += incident.byMs;
  }
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

function operatorDoes(host: ModelHost, act: OperatorAct): void {
  const { supervisor, nowMs } = host;
  switch (act) {
    case 'unit-stop':
      return supervisor.stopUnit();
    case 'unit-start':
      return supervisor.startUnit(nowMs);
    case 'unit-restart':
      return supervisor.restartUnit(nowMs);
    default:
      if (host.engine === 'works') throughEngine(host, act);
  }
}

function throughEngine(host: ModelHost, act: Exclude<OperatorAct, `unit-${string}`>): void {
  switch (act) {
    case 'stop':
      return host.dockerStop();
    case 'start':
      return host.startContainer();
    case 'restart':
      return host.dockerRestart();
    case 'kill':
      return host.endProcess(137, 'kill');
    case 'remove':
      return host.dockerRemove();
    case 'pause':
      return host.pause();
    case 'unpause':
      return host.unpause();
  }
}

/** Puts all in order, as an operator would who has read what is said. */
export function heal(host: ModelHost): void {
  const { network, supervisor } = host;
  const agentMustStartAnew =
    network.agentHasOwnResolver || network.deregistered || host.container?.processGone === true;
  network.dns = 'vpc';
  network.odd.clear();
  network.refuses = undefined;
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
    if (agentMustStartAnew || (host.agent === undefined && supervisor.isIdle)) supervisor.restartUnit(host.nowMs);
    else if (host.agent === undefined) supervisor.startUnit(host.nowMs);
  } else {
    if (agentMustStartAnew) host.dockerRestart();
    if (host.container === undefined) host.createContainer();
    else host.startContainer();
  }
}
