import type { Settings } from '../../config/settings.ts';
import { createNameserverView } from '../../endpoints/dns-view.ts';
import { createEndpointsReader } from '../../endpoints/endpoints-reader.ts';
import { parseResolvConf } from '../../endpoints/resolv-conf.ts';
import { vpcResolverAddresses } from '../../instance/vpc-resolver.ts';
import type { Clock } from '../../system/clock.ts';
import type { DoctorHost } from '../doctor-host.ts';
import { readTextFile } from '../read-text-file.ts';
import { endpointsMs, longest, readingMs } from './limits.ts';
import { once, within } from './once.ts';

/** What the endpoints' names answer: as the agent sees them, at each nameserver, and at the VPC's own resolver. */
export function nameReadings(
  settings: Settings,
  { instance, names }: Pick<DoctorHost, 'instance' | 'names'>,
  clock: Clock,
  signal: AbortSignal,
): Pick<DoctorHost, 'endpoints' | 'nameservers' | 'vpcResolvers' | 'ask'> {
  const monotonicMs = () => clock.now().monoMs;
  const dnsTimeoutMs = Math.min(settings.dnsTimeoutMs, longest.dns);

  const ask: DoctorHost['ask'] = async (nameserver, asked, own) => {
    const options = { timeoutMs: dnsTimeoutMs, budgetMs: longest.dnsBudget };
    return { nameserver, answers: await createNameserverView(nameserver, options).lookUp(asked, own) };
  };

  async function askEach(what: string, nameservers: readonly string[]) {
    const asked = (await names()).map(({ host }) => host);
    return await within(what, readingMs, signal, (own) =>
      Promise.all(nameservers.map((one) => ask(one, asked, own))),
    );
  }

  return {
    ask,
    endpoints: once(async () => {
      const known = await names();
      if (known.length === 0) return undefined;
      const vpcCidrs = (await instance()).facts?.vpcCidrs ?? [];
      const reader = createEndpointsReader({
        resolvConfPath: settings.resolvConf,
        hostsPath: settings.hostsFile,
        privateCidrs: settings.privateCidrs,
        caFile: settings.caFile,
        dnsTimeoutMs,
        dnsBudgetMs: longest.dnsBudget,
        connectTimeoutMs: Math.min(settings.connectTimeoutMs, longest.connect),
        monotonicMs,
      });
      return await within('looking the endpoints up and trying port 443', endpointsMs, signal, (own) =>
        reader.look({ names: known, vpcCidrs, probe: 'always' }, own),
      );
    }),
    nameservers: once(async () => {
      const { nameservers } = parseResolvConf(readTextFile(settings.resolvConf) ?? '');
      return await askEach('asking the nameservers', nameservers);
    }),
    vpcResolvers: once(async () => {
      const { facts } = await instance();
      return await askEach("asking the VPC's resolver", vpcResolverAddresses(facts));
    }),
  };
}
