/** What the rehearsal came to. */
export interface Summary {
  readonly engine: 'docker' | 'embedded';
  /** The daemon says so, and the agent's control connections are all on private addresses. */
  readonly settled: boolean;
  /** Starts of the agent's container after the first, as the Engine counts them. */
  readonly restarts: number;
  /** From the third endpoint's record to the restart; undefined when there was none. */
  readonly dnsToRestartMs: number | undefined;
  /** From the restart to the new agent's ACS connection on a private address. */
  readonly restartToConnectedMs: number | undefined;
}

export function succeeded(summary: Summary): boolean {
  return (
    summary.settled &&
    summary.restarts === 1 &&
    summary.dnsToRestartMs !== undefined &&
    summary.restartToConnectedMs !== undefined
  );
}

/** The rehearsal's last line. What did not happen is -1. */
export function summaryLine(summary: Summary): string {
  const { engine, settled, restarts, dnsToRestartMs = -1, restartToConnectedMs = -1 } = summary;
  return (
    `rehearsal: engine=${engine} settled=${settled} restarts=${restarts} ` +
    `dns_to_restart_ms=${dnsToRestartMs} restart_to_connected_ms=${restartToConnectedMs}`
  );
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
  };
}
