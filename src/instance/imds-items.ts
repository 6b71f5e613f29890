import { isIP } from 'node:net';
import * as v from 'valibot';
import { budgets } from '../kit/budgets.ts';
import { parseCidr } from '../kit/ip-address.ts';
import { printable } from '../kit/printable.ts';
import type { Problem } from '../kit/problem.ts';
import type { ImdsClient } from './imds-client.ts';
import { imdsBadAnswer } from './imds-problems.ts';

/** One item of IMDS: where it is and what its text must look like. */
export interface ImdsItem<T> {
  /** What follows `/latest/`. */
  readonly path: string;
  readonly shape: v.GenericSchema<string, T>;
}

/** The value of an item (undefined when IMDS has none), or why its text is not one. */
export type ImdsReading<T> =
  | { readonly ok: true; readonly value: T | undefined }
  | { readonly ok: false; readonly problem: Problem };

const region = matching(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/);
const mac = matching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
const cidr = v.pipe(v.string(), v.check(isCidr));
const ipv6 = v.pipe(
  v.string(),
  v.check((text) => isIP(text) === 6),
);

/** By name, what is asked of the instance as a whole. */
export const imdsItems = {
  region: item('meta-data/placement/region', region),
  /** Also names the region, on instances launched before `placement/region` was introduced (2020). */
  identityRegion: item(
    'dynamic/instance-identity/document',
    v.pipe(
      v.string(),
      v.parseJson(),
      v.object({ region }),
      v.transform((document) => document.region),
    ),
  ),
  domain: item('meta-data/services/domain', matching(/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/)),
  partition: item('meta-data/services/partition', matching(/^aws(-[a-z]+)*$/)),
  instanceId: item('meta-data/instance-id', matching(/^i-[0-9a-f]{8,32}$/)),
  /** Local and Wavelength Zones have longer names: `us-east-1-wl1-bos-wlz-1`. */
  availabilityZone: item('meta-data/placement/availability-zone', matching(/^[a-z]{2,4}-[a-z0-9-]{1,60}$/)),
  /** MAC address of the primary network interface. */
  mac: item('meta-data/mac', mac),
  /** MAC addresses of all network interfaces; IMDS lists them as directories. */
  macs: item(
    'meta-data/network/interfaces/macs/',
    list(
      v.pipe(
        v.string(),
        v.transform((line) => line.replace(/\/$/, '')),
        mac,
      ),
    ),
  ),
  /** `InService`, `Terminated`, `Warmed:Stopped`, … */
  targetLifecycleState: item(
    'meta-data/autoscaling/target-lifecycle-state',
    matching(/^[A-Za-z]{1,32}(:[A-Za-z]{1,32})?$/),
  ),
  /** `terminate`, `stop` or `hibernate`, out of `{"action": …, "time": …}`. */
  spotAction: item(
    'meta-data/spot/instance-action',
    v.pipe(
      v.string(),
      v.parseJson(),
      v.object({ action: matching(/^[a-z-]{1,32}$/) }),
      v.transform((notice) => notice.action),
    ),
  ),
};

/** By name, what is asked of one network interface. */
export function interfaceItems(ofMac: string) {
  const path = `meta-data/network/interfaces/macs/${ofMac}`;
  return {
    vpcId: item(`${path}/vpc-id`, matching(/^vpc-[0-9a-f]{8,32}$/)),
    subnetId: item(`${path}/subnet-id`, matching(/^subnet-[0-9a-f]{8,32}$/)),
    vpcIpv4Cidrs: item(`${path}/vpc-ipv4-cidr-blocks`, list(cidr)),
    vpcIpv6Cidrs: item(`${path}/vpc-ipv6-cidr-blocks`, list(cidr)),
    subnetIpv4Cidr: item(`${path}/subnet-ipv4-cidr-block`, list(cidr)),
    ipv6s: item(`${path}/ipv6s`, list(ipv6)),
  };
}

/**
 * Asks for one item and checks its text.
 * @throws what `ImdsClient.get` throws
 */
export async function readItem<T>(
  imds: ImdsClient,
  item: ImdsItem<T>,
  signal: AbortSignal,
): Promise<ImdsReading<T>> {
  const text = await imds.get(item.path, signal);
  if (text === undefined) return { ok: true, value: undefined };
  const parsed = v.safeParse(item.shape, text);
  if (parsed.success) return { ok: true, value: parsed.output };
  const seen = JSON.stringify(printable(text, 60));
  return { ok: false, problem: imdsBadAnswer(imds.endpoint, item.path, `${seen} is not what belongs there`) };
}

function item<T>(path: string, shape: ImdsItem<T>['shape']): ImdsItem<T> {
  return { path, shape };
}

function matching(pattern: RegExp) {
  return v.pipe(v.string(), v.trim(), v.regex(pattern));
}

function list(entry: v.GenericSchema<string, string>) {
  return v.pipe(
    v.string(),
    v.transform((text) => text.split(/\s+/).filter((line) => line !== '')),
    v.array(entry),
    v.maxLength(budgets.imdsEntries),
  );
}

function isCidr(text: string): boolean {
  return /^[\da-fA-F.:]+\/\d+$/.test(text) && parseCidr(text) !== undefined;
}
