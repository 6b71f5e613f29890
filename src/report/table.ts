import type { Status } from './status-schema.ts';

type Endpoint = Status['endpoints'][number];
type Agent = Status['agent'];

/** The three endpoints and the agent, as `status` and `check` show them: 80 columns unless an address is long, the answer last. */
export function endpointLines(endpoints: readonly Endpoint[]): string[] {
  if (endpoints.length === 0) return ['endpoints  their names are not known yet'];
  const [first] = endpoints.map((endpoint) => endpoint.host.length).sort((a, b) => b - a);
  return endpoints.map((endpoint, index) => {
    const label = index === 0 ? 'endpoints  ' : '           ';
    const port =
      endpoint.reachable === true ? ' · 443 ok' : endpoint.reachable === false ? ' · 443 FAILS' : '';
    const name = `${label}${endpoint.host.padEnd(first ?? 0)}  ${endpoint.class.padEnd(7)} `;
    return `${name}${fitting(endpoint.addresses, 80 - name.length - port.length)}${port}`.trimEnd();
  });
}

/** By whose files and trust they were judged, where that is not simply this host's or there is something to say of it. */
export function judgedByLines(judgedBy: Status['judgedBy']): string[] {
  if (!judgedBy) return [];
  const { resolver, hosts, trust } = judgedBy;
  const doubt = resolver.doubt === null ? '' : ` (${resolver.doubt})`;
  const running = resolver.running && `; the running agent asks ${resolver.running.join(', ')}`;
  return [
    `judged by  ${resolver.source}: ${resolver.nameservers.join(', ')}${doubt}${running ?? ''}`,
    `           hosts: ${hosts.source}; trust: ${trust.source}`,
  ];
}

/** As many addresses as there is room for, one at least, and how many more there are. */
function fitting(addresses: readonly string[], room: number): string {
  for (let shown = addresses.length; ; shown -= 1) {
    const hidden = addresses.length - shown;
    const text = `${addresses.slice(0, shown).join(' ')}${hidden > 0 ? ` +${hidden}` : ''}`;
    if (shown <= 1 || text.length <= room) return text;
  }
}

export function agentLines(agent: Agent): string[] {
  if (agent.problem) return [`agent      cannot be seen: ${agent.problem.message}`];
  if (!agent.container) return ['agent      no container'];
  const state = agent.container.running
    ? agent.registered
      ? 'registered'
      : 'running, not registered'
    : `not running (exit code ${agent.container.exitCode ?? '?'})`;
  const version = agent.version ? ` ${agent.version}` : '';
  const supervisor = {
    'ecs-init': 'under ecs-init',
    unit: `under ${agent.supervisorUnit ?? 'a systemd unit'}`,
    'restart-policy': 'with its own restart policy',
    none: 'unsupervised',
    unknown: 'supervisor not known',
  };
  return [
    `agent      ${agent.container.name}${version}, ${state}, ${supervisor[agent.supervisor]}`,
    `path       ${agent.path}: ${agent.evidence}`,
    ...publicLines(agent),
    ...(agent.supervisorEvidence === undefined ? [] : [`run by     ${agent.supervisorEvidence}`]),
  ];
}

/** For the question whether the NAT gateway may go. */
function publicLines({ tcs, publicSeen, noPublicSince }: Agent): string[] {
  if (publicSeen === undefined || publicSeen === null) return [];
  if (publicSeen)
    return [`public     a public connection on 443 is there${tcs === 'public' ? ' (TCS)' : ''}`];
  const since = noPublicSince ? ` since ${noPublicSince.replace('T', ' ').slice(0, 19)} UTC` : '';
  return [`public     no public connection on 443 seen${since}`];
}

/** The short table that `status` prints. */
export function statusLines(status: Status, nowMs: number): string[] {
  const { lastRestart: last, next } = status;
  const restart = last
    ? `${last.at.replace('T', ' ').slice(0, 19)} UTC, ${last.verb}: ${last.outcome}${last.connectedMs === null ? '' : `, connected after ${(last.connectedMs / 1000).toFixed(1)} s`}`
    : 'none by this daemon';
  const restartAt =
    next.restartAt === null ? '' : `restart in ${seconds(Date.parse(next.restartAt) - nowMs)}, `;
  return [
    ...endpointLines(status.endpoints),
    ...agentLines(status.agent),
    `restarts   ${restart}`,
    ...preflightLines(status, nowMs),
    ...lostLines(status.daemon.linesLost),
    `next       ${restartAt}look in ${seconds(Date.parse(next.lookAt) - nowMs)}`,
    `phase      ${status.phase} for ${seconds(nowMs - Date.parse(status.since))}${status.daemon.dryRun ? ' (dry run)' : ''}`,
  ];
}

function preflightLines({ preflight }: Status, nowMs: number): string[] {
  return preflight ? [`preflight  ${seconds(nowMs - Date.parse(preflight.at))} ago: ${preflight.found}`] : [];
}

function lostLines(lines = 0): string[] {
  return lines === 0 ? [] : [`log        ${lines} lines lost: standard output was not read (journald?)`];
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  if (whole < 120) return `${whole} s`;
  if (whole < 7_200) return `${Math.round(whole / 60)} min`;
  return `${Math.round(whole / 3_600)} h`;
}
