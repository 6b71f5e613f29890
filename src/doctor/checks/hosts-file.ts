import { type HostsFile, hostKey, parseHostsFile } from '../../endpoints/hosts-file.ts';
import { readTextIfAny } from '../../kit/files.ts';
import { check } from '../check.ts';
import type { DoctorHost } from '../doctor-host.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';

const remove = 'Remove the lines of {file} that name {hosts}; the DNS answers then count again.';

export const hostsFileCheck = check({
  name: 'hosts-file',
  title: 'Entries of the hosts file that override the endpoints’ names',
  findings: {
    'hosts-override-public': fail(
      'The hosts file goes before DNS, for the agent too (Docker copies it into the container): with this entry the ' +
        'agent never sees the endpoint.',
      remove,
    ),
    'hosts-override-pinned': warn(
      'The name is pinned to an address that DNS is not asked about any more. An endpoint that is created anew, or ' +
        'loses a zone, gets other addresses, and the agent is then cut off.',
      remove,
    ),
    'hosts-names-unknown': skip(
      'The names to look for are not known without the region.',
      'Fix the region first.',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    const names = await host.names();
    if (names.length === 0) return found('hosts-names-unknown', 'the names are not known');
    const source = (await host.observation()).endpoints?.judgedBy.hosts.source;
    const added = source?.startsWith('--add-host') ? source : undefined;
    const file = added ?? host.settings.hostsFile;
    const entries = added === undefined ? parseHostsFile(readTextIfAny(file) ?? '') : await seenIn(host);
    const isPrivate = await host.privateRule();
    const overridden = names.flatMap((name) => {
      const addresses = entries.get(hostKey(name.host)) ?? [];
      return addresses.map((address) => ({
        host: name.host,
        address,
        private: isPrivate(address)?.private === true,
      }));
    });
    if (overridden.length === 0) return passed(`${file} does not name them`);
    const seen = `${file}: ${overridden.map((entry) => `${entry.host} is ${entry.address}`).join(', ')}`;
    const code = overridden.some((entry) => !entry.private)
      ? 'hosts-override-public'
      : 'hosts-override-pinned';
    const hosts = [...new Set(overridden.map((entry) => entry.host))].join(', ');
    return found(code, seen, { file, hosts });
  },
});

/** What stood in the file that was looked at: the agent's is no file of this host. */
async function seenIn(host: DoctorHost): Promise<HostsFile> {
  const endpoints = (await host.observation()).endpoints?.endpoints ?? [];
  const listed = endpoints.filter(({ source }) => source === 'hosts-file');
  return new Map(
    listed.map((one) => [hostKey(one.host), one.addresses.map(({ address }) => address)] as const),
  );
}
