import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of the host that stand before the real ones on PATH while a test runs. */
export interface FakePrograms {
  /** What `systemctl show ecs.service` prints; undefined: it fails, as where systemd does not run. */
  setUnit(properties: Readonly<Record<string, string>> | undefined): void;
  /** systemctl never answers. */
  hangSystemctl(): void;
  /** What `iptables -t nat -S` prints. */
  setNatRules(rules: readonly string[]): void;
  close(): void;
}

export const activeUnit = {
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  ExecMainCode: '0',
  ExecMainStatus: '0',
  // That of the ecs-init stand-in (test/lab/stand-ins/systemd.ts).
  ControlGroup: '/system.slice/ecs-privatelinkd-lab.service',
  ExecStart:
    '{ path=/usr/libexec/amazon-ecs-init ; argv[]=/usr/libexec/amazon-ecs-init start ; ignore_errors=no }',
};

/** As `iptables -S` prints those that ecs-init makes. */
export const natRules = [
  '-P PREROUTING ACCEPT',
  '-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51679',
  '-A OUTPUT -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 51679',
];

export function installFakePrograms(parent: string): FakePrograms {
  const directory = join(parent, 'programs');
  mkdirSync(directory, { recursive: true });
  const pathBefore = process.env['PATH'] ?? '';
  process.env['PATH'] = `${directory}:${pathBefore}`;

  function program(name: string, script: string): void {
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  function print(lines: readonly string[]): string {
    return `cat <<'END'\n${lines.join('\n')}\nEND`;
  }
  const fakes: FakePrograms = {
    setUnit: (properties) => {
      const failure = "echo 'System has not been booted with systemd as init system' >&2; exit 1";
      const lines = Object.entries(properties ?? {}).map(([name, value]) => `${name}=${value}`);
      program('systemctl', properties === undefined ? failure : print(lines));
    },
    hangSystemctl: () => program('systemctl', 'exec sleep 30'),
    setNatRules: (rules) => program('iptables', print(rules)),
    close: () => {
      process.env['PATH'] = pathBefore;
    },
  };
  fakes.setUnit(activeUnit);
  fakes.setNatRules(natRules);
  return fakes;
}
