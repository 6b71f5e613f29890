import type { Row } from '../kit/layout.ts';
import type { Status } from './status-schema.ts';

type Endpoint = Status['endpoints'][number];
type Agent = Status['agent'];

/** The three endpoints, as `status` and `check` show them: the answer last. */
export function endpointRows(endpoints: readonly Endpoint[]): Row[] {
  if (endpoints.length === 0) return [{ label: 'endpoints', text: 'their names are not known yet' }];
  const longest = Math.max(...endpoints.map(({ host }) => host.length));
  return endpoints.map(({ host, class: classified, addresses, reachable }, index) => {
    const port = reachable === null ? [] : [reachable ? '· 443 ok' : '· 443 FAILS'];
    return {
      label: index === 0 ? 'endpoints' : '',
      lead: `${host.padEnd(longest)}  ${classified.padEnd(7)} `,
      text: [...addresses, ...port].join(' '),
    };
  });
}

/** By whose files and trust they were judged, where that is not simply this host's or there is something to say of it. */
export function judgedByRows(judgedBy: Status['judgedBy']): Row[] {
  if (!judgedBy) return [];
  const { resolver, hosts, trust } = judgedBy;
  const doubt = resolver.doubt === null ? '' : ` (${resolver.doubt})`;
  const running = resolver.running && `; the running agent asks ${resolver.running.join(', ')}`;
  return [
    {
      label: 'judged by',
      text: `${resolver.source}: ${resolver.nameservers.join(', ')}${doubt}${running ?? ''}`,
    },
    { label: '', text: `hosts: ${hosts.source}; trust: ${trust.source}` },
  ];
}

export function agentRows(agent: Agent): Row[] {
  if (agent.problem) return [{ label: 'agent', text: `cannot be seen: ${agent.problem.message}` }];
  if (!agent.container) return [{ label: 'agent', text: 'no container' }];
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
    { label: 'agent', text: `${agent.container.name}${version}, ${state}, ${supervisor[agent.supervisor]}` },
    { label: 'path', text: `${agent.path}: ${agent.evidence}` },
    ...publicRows(agent),
    ...(agent.supervisorEvidence === undefined ? [] : [{ label: 'run by', text: agent.supervisorEvidence }]),
  ];
}

/** For the question whether the NAT gateway may go. */
function publicRows({ tcs, publicSeen, noPublicSince }: Agent): Row[] {
  if (publicSeen === undefined || publicSeen === null) return [];
  const since = noPublicSince ? ` since ${noPublicSince.replace('T', ' ').slice(0, 19)} UTC` : '';
  const text = publicSeen
    ? `a public connection on 443 is there${tcs === 'public' ? ' (TCS)' : ''}`
    : `no public connection on 443 seen${since}`;
  return [{ label: 'public', text }];
}

/** What is to be done, where there is something. */
export function adviceRows(advice: string | null | undefined): Row[] {
  return advice ? [{ label: 'to do', text: advice, isAdvice: true }] : [];
}

/** The short table that `status` prints. */
export function statusRows(status: Status, nowMs: number): Row[] {
  const { lastRestart: last, next, daemon } = status;
  const restart = last
    ? `${last.at.replace('T', ' ').slice(0, 19)} UTC, ${last.verb}: ${last.outcome}${last.connectedMs === null ? '' : `, connected after ${(last.connectedMs / 1000).toFixed(1)} s`}`
    : 'none by this daemon';
  const restartAt =
    next.restartAt === null ? '' : `restart in ${seconds(Date.parse(next.restartAt) - nowMs)}, `;
  const since = seconds(nowMs - Date.parse(status.since));
  return [
    ...endpointRows(status.endpoints),
    ...agentRows(status.agent),
    { label: 'restarts', text: restart },
    ...preflightRows(status, nowMs),
    ...lostRows(daemon.linesLost),
    { label: 'next', text: `${restartAt}look in ${seconds(Date.parse(next.lookAt) - nowMs)}` },
    { label: 'phase', text: `${status.phase} for ${since}${daemon.dryRun ? ' (dry run)' : ''}` },
  ];
}

function preflightRows({ preflight }: Status, nowMs: number): Row[] {
  if (!preflight) return [];
  return [
    { label: 'preflight', text: `${seconds(nowMs - Date.parse(preflight.at))} ago: ${preflight.found}` },
  ];
}

function lostRows(lines = 0): Row[] {
  if (lines === 0) return [];
  return [{ label: 'log', text: `${lines} lines lost: standard output was not read (journald?)` }];
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  if (whole < 120) return `${whole} s`;
  if (whole < 7_200) return `${Math.round(whole / 60)} min`;
  return `${Math.round(whole / 3_600)} h`;
}
