import { execFileSync, spawnSync } from 'node:child_process';

/**
 * Gives this network a link that is up, with an IPv4 address, as a host has one beside loopback. Both ends are in this network:
 * it leads nowhere, and neither does its default route.
 */
export function addLink(): void {
  const script = `ip link add link0 type veth peer name link1
    ip address add 192.0.2.77/24 dev link0
    ip link set link0 up
    ip link set link1 up
    ip route add default via 192.0.2.1 dev link0`;
  execFileSync('sh', ['-euc', script]);
}

/** Where there is none, nothing happens. */
export function removeLink(): void {
  spawnSync('ip', ['link', 'delete', 'link0']);
}
