import type { FleetMove } from './fleet.ts';

/** Splay of a fleet, so that its restarts take half of what ECS lets an account register: 60 a second. */
export function splayForMs(hosts: number): number {
  return Math.ceil(hosts / 60) * 1_000;
}

const head = [
  [
    'hosts',
    'splay',
    'restarts in a second',
    'hosts throttled',
    'without agent, half of them',
    '… the longest',
  ],
  ['told as blocked', 'all agents back after'],
].flat();

export function tableOf(moves: readonly FleetMove[]): string {
  const rows = [head, head.map(() => '---:'), ...moves.map(rowOf)];
  return rows.map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** One row; its first two cells name the fleet. */
export function rowOf(move: FleetMove): string[] {
  return [
    move.hosts.toLocaleString('en'),
    inWords(move.splayMs),
    String(move.mostRestarts),
    move.throttledHosts.toLocaleString('en'),
    inWords(move.medianAwayMs),
    inWords(move.longestAwayMs),
    move.blockedHosts.toLocaleString('en'),
    inWords(move.lastMs),
  ];
}

function inWords(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${(ms / 60_000).toFixed(1)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}
