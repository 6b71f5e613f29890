/** Whether ecs-init lives and owns the agent's new container; none on a host without ecs-init. */
export type Supervised = boolean | 'none';

/** The NAT rules of task credentials at the end; unavailable where they cannot be made, none without ecs-init. */
export type CredentialRoutes = 'present' | 'missing' | 'unavailable' | 'none';

export interface Supervision {
  readonly supervised: Supervised;
  readonly nat: CredentialRoutes;
}

/** What the rehearsal came to. */
export interface Summary extends Supervision {
  readonly engine: 'docker' | 'embedded';
  /** The daemon says so, and the agent's control connections are all on private addresses. */
  readonly settled: boolean;
  /** Starts of the agent's container after the first, as the Engine counts them. */
  readonly restarts: number;
  /** From the third endpoint's record to the restart; undefined when there was none. */
  readonly dnsToRestartMs: number | undefined;
  /** From the restart to the new agent's ACS connection on a private address. */
  readonly restartToConnectedMs: number | undefined;
  /** How the daemon restarted the agent, such as kill; undefined when it did not. */
  readonly verb: string | undefined;
}

/** Whether everything was as it should be on such a host. */
export function succeeded(summary: Summary): boolean {
  const { supervised, nat, verb } = summary;
  return (
    summary.settled &&
    summary.restarts === 1 &&
    summary.dnsToRestartMs !== undefined &&
    summary.restartToConnectedMs !== undefined &&
    verb === 'kill' &&
    (supervised === 'none' || (supervised && nat !== 'missing'))
  );
}

/** The rehearsal's last line. What did not happen is -1 or none. */
export function summaryLine(summary: Summary): string {
  const { event, nat, ...fields } = summaryFields(summary);
  const words = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return `rehearsal: ${words.join(' ')}`;
}

/** The same for `--json`. */
export function summaryFields(summary: Summary): Record<string, unknown> {
  return {
    event: 'summary',
    engine: summary.engine,
    settled: summary.settled,
    restarts: summary.restarts,
    dns_to_restart_ms: summary.dnsToRestartMs ?? -1,
    restart_to_connected_ms: summary.restartToConnectedMs ?? -1,
    verb: summary.verb ?? 'none',
    supervised: summary.supervised,
    nat: summary.nat,
  };
}
