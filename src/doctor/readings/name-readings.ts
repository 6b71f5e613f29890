import { createNameserverView } from '../../endpoints/dns-view.ts';
import { parseResolvConf } from '../../endpoints/resolv-conf.ts';
import { vpcResolverAddresses } from '../../instance/vpc-resolver.ts';
import { once, within } from '../../kit/deadline.ts';
import { readTextIfAny } from '../../kit/files.ts';
import type { Settings } from '../../settings/settings.ts';
import type { DoctorHost } from '../doctor-host.ts';
import { limits, readingMs } from './limits.ts';

/** What the endpoints' names answer at each nameserver by itself, and at the VPC's own resolver. */
export function nameReadings(
  settings: Settings,
  { observation, names }: Pick<DoctorHost, 'observation' | 'names'>,
  signal: AbortSignal,
): Pick<DoctorHost, 'nameservers' | 'vpcResolvers' | 'ask'> {
  const options = {
    timeoutMs: Math.min(settings.dnsTimeoutMs, limits.dnsMs),
    budgetMs: limits.dnsBudgetMs,
  };

  const ask: DoctorHost['ask'] = async (nameserver, asked, own) => ({
    nameserver,
    answers: await createNameserverView(nameserver, options).lookUp(asked, own),
  });

  async function askEach(what: string, nameservers: readonly string[]) {
    const asked = (await names()).map(({ host }) => host);
    return await within(what, readingMs, signal, (own) =>
      Promise.all(nameservers.map((one) => ask(one, asked, own))),
    );
  }

  return {
    ask,
    nameservers: once(async () => {
      const { nameservers } = parseResolvConf(readTextIfAny(settings.resolvConf) ?? '');
      return await askEach('asking the nameservers', nameservers);
    }),
    vpcResolvers: once(async () => {
      const { facts } = (await observation()).instance;
      return await askEach("asking the VPC's resolver", vpcResolverAddresses(facts));
    }),
  };
}
