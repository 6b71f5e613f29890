import { describe, expect, it } from 'vitest';
import { readTrailEvent } from '../../../src/fleet/trail-event.ts';

const event = {
  eventVersion: '1.11',
  eventTime: '2026-11-27T03:05:06Z',
  eventSource: 'ecs.amazonaws.com',
  eventName: 'DiscoverPollEndpoint',
  sourceIPAddress: '203.0.113.9',
  requestParameters: {
    containerInstance: 'arn:aws:ecs:us-east-1:1:container-instance/prod/1',
    cluster: 'prod',
  },
  responseElements: null,
};

function wayOf(change: object): string | undefined {
  return readTrailEvent(JSON.stringify({ ...event, ...change }))?.way;
}

describe('an event of CloudTrail', () => {
  it.each([
    [{}, 'public'],
    [{ vpcEndpointId: 'vpce-02f1e2d3c4b5a6978', sourceIPAddress: '10.0.1.17' }, 'endpoint'],
    [{ vpcEndpointId: 'vpce-02f1e2d3c4b5a6978' }, 'endpoint'],
    [{ sourceIPAddress: '10.0.1.17' }, 'unclear'],
    [{ sourceIPAddress: '172.31.0.1' }, 'unclear'],
    [{ sourceIPAddress: '100.64.3.4' }, 'unclear'],
    [{ sourceIPAddress: '169.254.1.1' }, 'unclear'],
    [{ sourceIPAddress: '2600:1f18::1' }, 'unclear'],
    [{ sourceIPAddress: 'AWS Internal' }, 'unclear'],
    [{ sourceIPAddress: 'ecs.amazonaws.com' }, 'unclear'],
    [{ sourceIPAddress: undefined }, 'unclear'],
  ])('%j came by: %s', (change, expected) => {
    expect(wayOf(change)).toBe(expected);
  });

  it.each([
    ['a call that failed', { errorCode: 'AccessDenied' }],
    ['another call', { eventName: 'RegisterContainerInstance' }],
    ['one that names no container instance', { requestParameters: null }],
    ['one without a time', { eventTime: 'then' }],
  ])('%s does not count', (_, change) => {
    expect(wayOf(change)).toBeUndefined();
  });

  it('that cannot be read does not count', () => {
    for (const text of ['', '{', '7', 'null', '[]', JSON.stringify(event).slice(0, 80)]) {
      expect(readTrailEvent(text)).toBeUndefined();
    }
  });
});
