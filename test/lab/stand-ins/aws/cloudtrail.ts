import { type AwsAccounts, admitted, jsonRefusals, pageOf, regionOf, tokenAfter } from './account.ts';
import { type AwsCall, AwsFault, type AwsService } from './aws-api.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** LookupEvents: two requests a second by account and region (API reference). */
const lookups = { burst: 2, perSecond: 2 };
const largestPage = 50;

/** CloudTrail: LookupEvents, the newest first. */
export function cloudTrailService(accounts: AwsAccounts, nowMs: () => number): AwsService {
  const buckets = new Map<string, TokenBucket>();
  const region = (call: AwsCall) => regionOf(admitted(accounts, call, jsonRefusals), call);
  return {
    admit: (call) => {
      region(call);
      const key = `${call.accessKeyId} ${call.region}`;
      const bucket = buckets.get(key) ?? createTokenBucket(lookups.burst, lookups.perSecond, nowMs);
      buckets.set(key, bucket);
      if (!bucket.take()) throw new AwsFault('ThrottlingException', 'Rate exceeded');
    },
    json: {
      LookupEvents: (call) => {
        const { input } = call;
        const attributes = input['LookupAttributes'];
        if (Array.isArray(attributes) && attributes.length > 1) {
          throw new AwsFault('InvalidLookupAttributesException', 'only one attribute');
        }
        const name = Array.isArray(attributes) ? attributes[0].AttributeValue : undefined;
        const fromMs = Number(input['StartTime'] ?? 0) * 1000;
        const toMs = Number(input['EndTime'] ?? Number.MAX_SAFE_INTEGER) * 1000;
        const events = region(call)
          .events.filter((one) => name === undefined || one.name === name)
          .filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
          .toSorted((a, b) => b.timeMs - a.timeMs);
        const page = pageOf(events, { token: input['NextToken'], size: input['MaxResults'] }, largestPage);
        return {
          Events: page.items.map(({ id, name, timeMs, record }) => ({
            EventId: id,
            EventName: name,
            EventSource: 'ecs.amazonaws.com',
            EventTime: timeMs / 1000,
            CloudTrailEvent: typeof record === 'string' ? record : JSON.stringify(record),
          })),
          NextToken: tokenAfter(page, region(call), call),
        };
      },
    },
  };
}
