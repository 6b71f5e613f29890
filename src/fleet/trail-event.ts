import { createPrivateAddressRule } from '../endpoints/private-address.ts';
import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';

/**
 * By which way a DiscoverPollEndpoint call came. `endpoint`: CloudTrail names an interface endpoint (vpcEndpointId);
 * `public`: it names none, and the call came from a public address, so by a NAT or internet gateway; `unclear`: neither.
 */
export type CallWay = 'endpoint' | 'public' | 'unclear';

/** The one successful call of an agent that CloudTrail recorded. */
export interface TrailEvent {
  readonly containerInstanceArn: string;
  readonly atMs: number;
  readonly way: CallWay;
  /** `vpce-…`, or '' */
  readonly endpointId: string;
  /** The address that the call came from. */
  readonly from: string;
}

/**
 * Reads what CloudTrail recorded of a call (CloudTrail User Guide, "CloudTrail record contents"). What ECS answers goes
 * by the way that this very call took, and the agent keeps to it for up to 12 hours (aws/amazon-ecs-agent,
 * ecs-agent/api/ecs/client/ecs_client.go, discoverPollEndpoint).
 *
 * @param text the event as JSON
 * @returns undefined for calls that failed, and for what is no such event
 */
export function readTrailEvent(text: string): TrailEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(event) || event['eventName'] !== 'DiscoverPollEndpoint') return undefined;
  if (event['errorCode'] !== undefined) return undefined;
  const parameters = event['requestParameters'];
  const containerInstanceArn = word(isObject(parameters) ? parameters['containerInstance'] : undefined);
  const atMs = Date.parse(word(event['eventTime']));
  if (containerInstanceArn === '' || Number.isNaN(atMs)) return undefined;
  const endpointId = word(event['vpcEndpointId']);
  const from = word(event['sourceIPAddress']);
  return { containerInstanceArn, atMs, way: wayOf(endpointId, from), endpointId, from };
}

function wayOf(endpointId: string, from: string): CallWay {
  if (endpointId !== '') return 'endpoint';
  return isPublicAddress(from) ? 'public' : 'unclear';
}

const judgeAddress = createPrivateAddressRule({ vpcCidrs: [], extraCidrs: [] });

/**
 * An IPv4 address of the internet. Of IPv6 nothing can be said: a VPC's own addresses are public ones too. A VPC that uses
 * public IPv4 blocks as its own would be misread, unless CloudTrail names the endpoint.
 */
function isPublicAddress(text: string): boolean {
  const judged = judgeAddress(text);
  return (
    judged !== undefined && judged.family === 4 && !judged.private && judged.rule === 'in no private range'
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function word(value: unknown): string {
  return typeof value === 'string' ? printable(value, budgets.nameLength) : '';
}
