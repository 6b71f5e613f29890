export interface ProblemArea {
  /** For docs/events.md. */
  readonly about: string;
  readonly codes: readonly string[];
}

/** Every problem that a running daemon may tell of. Codes are public: never renamed, never reused. */
export const runTimeProblems = [
  {
    about: 'instance metadata',
    codes: [
      'imds-unreachable',
      'imds-timeout',
      'imds-refused',
      'imds-throttled',
      'imds-bad-answer',
      'imds-bad-endpoint',
      'imds-disabled',
      'imds-no-region',
      'imds-slow',
    ],
  },
  {
    about: "the names, as this host's nameservers answer them",
    codes: [
      'dns-mixed-answers',
      'dns-no-address',
      'dns-timeout',
      'dns-unreachable',
      'dns-servfail',
      'dns-refused',
      'dns-bad-answer',
      'dns-file-unreadable',
    ],
  },
  {
    about: "port 443: the endpoint's security group, a network ACL, a route",
    codes: ['endpoint-tcp-timeout', 'endpoint-tcp-refused', 'endpoint-no-route'],
  },
  {
    about: "TLS: something else answers at that address, or this host's trust store or clock is wrong",
    codes: [
      'endpoint-tls-name',
      'endpoint-tls-untrusted',
      'endpoint-tls-expired',
      'endpoint-tls-failed',
      'trust-store-unreadable',
    ],
  },
  {
    about: 'the Docker Engine',
    codes: [
      'engine-missing',
      'engine-refused',
      'engine-no-permission',
      'engine-timeout',
      'engine-bad-answer',
      'engine-error',
    ],
  },
  { about: 'the restart itself', codes: ['agent-container-gone', 'agent-restart-failed'] },
  {
    about: 'systemd',
    codes: ['systemctl-missing', 'systemctl-timeout', 'systemctl-failed', 'systemd-notify-failed'],
  },
  {
    about: "the daemon's own files and metrics",
    codes: [
      'state-unreadable',
      'state-unwritable',
      'status-unwritable',
      'metrics-textfile-unwritable',
      'metrics-listen-failed',
    ],
  },
] as const satisfies readonly ProblemArea[];

/** Problems that end a command before it begins: exit code 64 or 78. */
const startProblems = [
  {
    about: 'settings (exit code 78)',
    codes: [
      'config-file',
      'config-line',
      'config-key-prefix',
      'config-key-unknown',
      'config-key-not-in-file',
      'config-value',
    ],
  },
  {
    about: 'the command line (exit code 64)',
    codes: [
      'usage-no-command',
      'usage-command',
      'usage-flag',
      'usage-value',
      'usage-value-missing',
      'usage-value-needless',
      'usage-word',
    ],
  },
] as const satisfies readonly ProblemArea[];

export const allProblemAreas: readonly ProblemArea[] = [...runTimeProblems, ...startProblems];

/** For docs/events.md. */
export function problemsMarkdown(): string {
  const rows = allProblemAreas.map(
    ({ about, codes }) => `| ${codes.map((code) => `\`${code}\``).join(' ')} | ${about} |`,
  );
  return ['| codes | about |', '|---|---|', ...rows, ''].join('\n');
}
