import { type CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { type Answer, answered, askAws, noPageTwice } from './ask-aws.ts';
import type { TrailTold } from './fleet-reading.ts';
import type { Waiting } from './run-command.ts';
import { readTrailEvent, type TrailEvent } from './trail-event.ts';

const action = 'cloudtrail:LookupEvents';
/** LookupEvents gives at most so many at once, and takes two calls a second by account and region (API reference). */
const page = 50;
const pauseMs = 500;

export interface TrailQuestion extends Waiting {
  /** Wall clock, in milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether to stop here. */
  readonly enough: (newest: ReadonlyMap<string, TrailEvent>) => boolean;
  readonly progress: (events: number) => void;
}

/** The newest DiscoverPollEndpoint call of each agent. CloudTrail tells the newest first. */
export async function readPollEndpointEvents(
  cloudTrail: CloudTrailClient,
  { fromMs, toMs, enough, progress, nowMs, sleep }: TrailQuestion,
  signal: AbortSignal,
): Promise<Answer<TrailTold>> {
  const newest = new Map<string, TrailEvent>();
  const told = { newest, eventsRead: 0, readBackToMs: toMs, complete: false };
  return await answered<TrailTold>(told, async () => {
    let token: string | undefined;
    const goesOn = noPageTwice(action);
    for (;;) {
      const beganMs = nowMs();
      const question = new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DiscoverPollEndpoint' }],
        StartTime: new Date(fromMs),
        EndTime: new Date(toMs),
        MaxResults: page,
        NextToken: token,
      });
      const { Events: events = [], NextToken: next } = await askAws(action, signal, () =>
        cloudTrail.send(question, { abortSignal: signal }),
      );
      for (const { CloudTrailEvent: text } of events) keepNewest(newest, readTrailEvent(text ?? ''));
      told.eventsRead += events.length;
      told.readBackToMs = events.at(-1)?.EventTime?.getTime() ?? told.readBackToMs;
      progress(told.eventsRead);
      token = next;
      goesOn(token);
      if (token === undefined) {
        Object.assign(told, { readBackToMs: fromMs, complete: true });
        return;
      }
      if (enough(newest)) return;
      await sleep(Math.max(0, beganMs + pauseMs - nowMs()), signal);
    }
  });
}

function keepNewest(newest: Map<string, TrailEvent>, event: TrailEvent | undefined): void {
  if (event === undefined) return;
  const known = newest.get(event.containerInstanceArn);
  if (known === undefined || known.atMs < event.atMs) newest.set(event.containerInstanceArn, event);
}
