import { isIP } from 'node:net';
import * as v from 'valibot';
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

/** Above what EC2 has in any list read here: fewer than 100 network interfaces, fewer than 60 CIDR blocks. */
const listLimit = 256;

export const regionItem: ImdsItem<string> = { path: 'meta-data/placement/region', shape: region };

/** Also names the region, on instances launched before `placement/region` was introduced (2020). */
export const identityRegionItem: ImdsItem<string> = {
  path: 'dynamic/instance-identity/document',
  shape: v.pipe(
    v.string(),
    v.parseJson(),
    v.object({ region }),
    v.transform((document) => document.region),
  ),
};

export const domainItem: ImdsItem<string> = {
  path: 'meta-data/services/domain',
  shape: matching(/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/),
};

export const partitionItem: ImdsItem<string> = {
  path: 'meta-data/services/partition',
  shape: matching(/^aws(-[a-z]+)*$/),
};

export const instanceIdItem: ImdsItem<string> = {
  path: 'meta-data/instance-id',
  shape: matching(/^i-[0-9a-f]{8,32}$/),
};

/** Local and Wavelength Zones have longer names: `us-east-1-wl1-bos-wlz-1`. */
export const availabilityZoneItem: ImdsItem<string> = {
  path: 'meta-data/placement/availability-zone',
  shape: matching(/^[a-z]{2,4}-[a-z0-9-]{1,60}$/),
};

/** MAC address of the primary network interface. */
export const macItem: ImdsItem<string> = { path: 'meta-data/mac', shape: mac };

/** MAC addresses of all network interfaces; IMDS lists them as directories. */
export const macsItem: ImdsItem<string[]> = {
  path: 'meta-data/network/interfaces/macs/',
  shape: list(
    v.pipe(
      v.string(),
      v.transform((line) => line.replace(/\/$/, '')),
      mac,
    ),
  ),
};

export function vpcIdItem(ofMac: string): ImdsItem<string> {
  return interfaceItem(ofMac, 'vpc-id', matching(/^vpc-[0-9a-f]{8,32}$/));
}

export function subnetIdItem(ofMac: string): ImdsItem<string> {
  return interfaceItem(ofMac, 'subnet-id', matching(/^subnet-[0-9a-f]{8,32}$/));
}

export function cidrsItem(
  ofMac: string,
  name: 'vpc-ipv4-cidr-blocks' | 'vpc-ipv6-cidr-blocks' | 'subnet-ipv4-cidr-block',
): ImdsItem<string[]> {
  return interfaceItem(ofMac, name, list(cidr));
}

/** IPv6 addresses of a network interface. */
export function ipv6sItem(ofMac: string): ImdsItem<string[]> {
  const ipv6 = v.pipe(
    v.string(),
    v.check((text) => isIP(text) === 6),
  );
  return interfaceItem(ofMac, 'ipv6s', list(ipv6));
}

/** `InService`, `Terminated`, `Warmed:Stopped`, … */
export const targetLifecycleStateItem: ImdsItem<string> = {
  path: 'meta-data/autoscaling/target-lifecycle-state',
  shape: matching(/^[A-Za-z]{1,32}(:[A-Za-z]{1,32})?$/),
};

/** `terminate`, `stop` or `hibernate`, out of `{"action": …, "time": …}`. */
export const spotActionItem: ImdsItem<string> = {
  path: 'meta-data/spot/instance-action',
  shape: v.pipe(
    v.string(),
    v.parseJson(),
    v.object({ action: matching(/^[a-z-]{1,32}$/) }),
    v.transform((notice) => notice.action),
  ),
};

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
  const seen = JSON.stringify(text.slice(0, 60));
  return { ok: false, problem: imdsBadAnswer(imds.endpoint, item.path, `${seen} is not what belongs there`) };
}

function interfaceItem<T>(ofMac: string, name: string, shape: ImdsItem<T>['shape']): ImdsItem<T> {
  return { path: `meta-data/network/interfaces/macs/${ofMac}/${name}`, shape };
}

function matching(pattern: RegExp) {
  return v.pipe(v.string(), v.trim(), v.regex(pattern));
}

function list(entry: v.GenericSchema<string, string>) {
  return v.pipe(
    v.string(),
    v.transform((text) => text.split(/\s+/).filter((line) => line !== '')),
    v.array(entry),
    v.maxLength(listLimit),
  );
}

function isCidr(text: string): boolean {
  const [, address, prefix] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  if (address === undefined) return false;
  const family = isIP(address);
  return family !== 0 && Number(prefix) <= (family === 4 ? 32 : 128);
}
