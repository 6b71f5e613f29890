import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The resolv.conf and hosts file that the daemon and the agent are to read. In the lab's namespace they are mounted
 * over /etc/resolv.conf and /etc/hosts; they are written in place, so that the change is seen through the mount.
 */
export interface HostFiles {
  readonly resolvConf: string;
  readonly hosts: string;
  /** True where the files are also seen as /etc/resolv.conf and /etc/hosts. */
  readonly mounted: boolean;
  setNameservers(addresses: readonly string[], options?: string): Promise<void>;
  /** Replaces the entries of the hosts file (host → addresses); `localhost` is always there. */
  setHosts(entries: Readonly<Record<string, readonly string[]>>): Promise<void>;
}

/** Uses the namespace's files where there is one, otherwise files of its own in `directory`. */
export function hostFiles(directory: string, env: NodeJS.ProcessEnv): HostFiles {
  const resolvConf = env['ECS_PRIVATELINKD_LAB_RESOLV_CONF'] ?? join(directory, 'resolv.conf');
  const hosts = env['ECS_PRIVATELINKD_LAB_HOSTS'] ?? join(directory, 'hosts');
  return {
    resolvConf,
    hosts,
    mounted: env['ECS_PRIVATELINKD_LAB_RESOLV_CONF'] !== undefined,
    setNameservers: (addresses, options = 'timeout:1 attempts:2') =>
      writeFile(
        resolvConf,
        `${addresses.map((address) => `nameserver ${address}\n`).join('')}options ${options}\n`,
      ),
    setHosts: (entries) => {
      const lines = Object.entries(entries).flatMap(([host, list]) =>
        list.map((item) => `${item} ${host}\n`),
      );
      return writeFile(hosts, `127.0.0.1 localhost\n::1 localhost\n${lines.join('')}`);
    },
  };
}
