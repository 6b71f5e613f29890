import { describe, expect, it } from 'vitest';
import { lastWebsocketHost } from '../../../src/agent/agent-log.ts';

const query =
  'ws?agentHash=7d5ec06f&agentVersion=1.98.0&clusterArn=c&dockerVersion=DockerVersion%3A+25.0.8&seqNum=1';

function logfmt(time: string, host: string): string {
  return `level=info time=${time} msg="Establishing a Websocket connection" url="https://${host}/${query}"\n`;
}

describe('lastWebsocketHost', () => {
  it.each([
    ['logfmt', logfmt('2026-01-01T00:00:05Z', 'ecs-a-1.us-east-1.amazonaws.com')],
    [
      'JSON',
      `{"level":"info","time":"2026-01-01T00:00:05Z","msg":"Establishing a Websocket connection","url":"wss://ecs-a-1.us-east-1.amazonaws.com/${query}"}\n`,
    ],
    [
      'before 1.88.0',
      `level=info time=2026-01-01T00:00:05Z msg="Establishing a Websocket connection to https://ecs-a-1.us-east-1.amazonaws.com/${query}" module=client.go\n`,
    ],
    [
      'before 1.31.0',
      `2026-01-01T00:00:05Z [INFO] Establishing a Websocket connection to https://ecs-a-1.us-east-1.amazonaws.com/${query}\n`,
    ],
  ])('reads %s', (_, line) => {
    expect(lastWebsocketHost(`x\n${line}y\n`, undefined)).toBe('ecs-a-1.us-east-1.amazonaws.com');
  });

  it('takes the last one to ACS, not to TCS, and not a line that was cut off', () => {
    const text =
      logfmt('2026-01-01T00:00:01Z', 'ecs-a-1.us-east-1.amazonaws.com') +
      logfmt('2026-01-01T00:00:02Z', 'ecs-a.us-east-1.amazonaws.com/acs/5') +
      logfmt('2026-01-01T00:00:03Z', 'ecs-t-4.us-east-1.amazonaws.com') +
      'level=info time=2026-01-01T00:00:04Z msg="Establishing a Websocket connection" ur';
    expect(lastWebsocketHost(text, undefined)).toBe('ecs-a.us-east-1.amazonaws.com');
  });

  it('does not take a line of the process before', () => {
    const text = logfmt('2026-01-01T00:00:05Z', 'ecs-a-1.us-east-1.amazonaws.com');
    expect(lastWebsocketHost(text, Date.parse('2026-01-01T00:00:05.900Z'))).toBeDefined();
    expect(lastWebsocketHost(text, Date.parse('2026-01-01T00:00:06.500Z'))).toBeUndefined();
  });

  it('is undefined for a log without one', () => {
    expect(lastWebsocketHost('', undefined)).toBeUndefined();
    expect(lastWebsocketHost('Establishing a Websocket connection', undefined)).toBeUndefined();
  });
});
