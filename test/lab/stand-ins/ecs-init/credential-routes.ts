import { execFileSync } from 'node:child_process';

const matches = ['-p', 'tcp', '-d', '169.254.170.2', '--dport', '80'];
const routes = [
  ['PREROUTING', ...matches, '-j', 'DNAT', '--to-destination', '127.0.0.1:51679'],
  ['OUTPUT', ...matches, '-j', 'REDIRECT', '--to-ports', '51679'],
];

/** The NAT rules by which tasks reach the agent's credential endpoint; without them they have no IAM role. */
export function addCredentialRoutes(): void {
  for (const route of routes) iptables('-A', route);
}

/** Whether all of them are there. @throws Error when iptables cannot be asked */
export function hasCredentialRoutes(): boolean {
  try {
    for (const route of routes) iptables('-C', route);
    return true;
  } catch (error) {
    // 1: no such rule. Anything else is iptables' own trouble.
    if (error instanceof Error && 'status' in error && error.status === 1) return false;
    throw error;
  }
}

/** Removes them; one that is missing is no error. */
export function removeCredentialRoutes(log: (message: string) => void): void {
  for (const route of routes) {
    try {
      iptables('-D', route);
    } catch (error) {
      log(`Could not remove a NAT rule: ${String(error)}`);
    }
  }
}

function iptables(action: '-A' | '-C' | '-D', route: readonly string[]): void {
  try {
    execFileSync('iptables', ['-w', '-t', 'nat', action, ...route], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Not in an ordinary user's PATH on Debian.
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw missing ? new Error('iptables is not installed', { cause: error }) : error;
  }
}
