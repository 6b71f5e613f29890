import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAgentLogReader } from '../../../src/agent/agent-log-reader.ts';

const sinceMs = Date.parse('2026-01-01T00:00:00Z');
const at = (second: number) => new Date(sinceMs + second * 1000).toISOString().replace('.000', '');
const websocket = (second: number, host: string) =>
  `level=info time=${at(second)} msg="Establishing a Websocket connection" url="https://${host}/ws?x"\n`;
const timedOut = (second: number) =>
  `level=error time=${at(second)} msg="Failed to connect to ACS" error="i/o timeout"\n`;
const debug = (second: number, bytes: number) => {
  const line = `level=debug time=${at(second)} msg="Something else"\n`;
  return line.repeat(Math.ceil(bytes / line.length));
};
const host = 'ecs-a.us-east-1.amazonaws.com';

function staged() {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string, second: number) => {
    writeFileSync(join(directory, name), text);
    utimesSync(join(directory, name), new Date(), new Date(sinceMs + second * 1000));
  };
  return { directory, write, reader: createAgentLogReader(join(directory, 'ecs-agent.log')) };
}

describe('the agent’s log', () => {
  it('tells the last websocket and what went wrong', () => {
    const { reader, write } = staged();
    write('ecs-agent.log', websocket(1, host) + timedOut(2), 2);
    expect(reader.agent(sinceMs)).toMatchObject({
      lastWebsocketHost: host,
      saying: { code: 'agent-cannot-reach' },
      complains: true,
    });
  });

  it('says nothing where there is none, or it may not be read', () => {
    const nothing = { lastWebsocketHost: undefined, saying: undefined, complains: false };
    const { reader, directory } = staged();
    expect(reader.agent(sinceMs)).toEqual(nothing);
    mkdirSync(join(directory, 'ecs-agent.log'));
    expect(reader.agent(sinceMs)).toEqual(nothing);
    for (const path of ['', undefined, '/nowhere/ecs-agent.log']) {
      expect(createAgentLogReader(path).agent(sinceMs)).toEqual(nothing);
    }
  });

  it('is read again when it has grown, and for another process', () => {
    const { reader, write } = staged();
    write('ecs-agent.log', websocket(1, host), 1);
    expect(reader.agent(sinceMs).saying).toBeUndefined();
    write('ecs-agent.log', websocket(1, host) + timedOut(2), 2);
    expect(reader.agent(sinceMs).saying).toBeDefined();
    expect(reader.agent(sinceMs + 60_000)).toMatchObject({ lastWebsocketHost: undefined, saying: undefined });
  });

  it('is read further back where debug lines hide it', () => {
    const { reader, write } = staged();
    write('ecs-agent.log', websocket(1, host) + debug(2, 200_000), 2);
    expect(reader.agent(sinceMs).lastWebsocketHost).toBe(host);
    write('ecs-agent.log', websocket(1, host) + debug(2, 1_200_000), 2);
    expect(reader.agent(sinceMs).lastWebsocketHost).toBeUndefined();
  });

  it('goes on in the file before it was rolled', () => {
    const { reader, write } = staged();
    write('ecs-agent.log.1', websocket(1, host), 1);
    write('ecs-agent.log', timedOut(2), 2);
    expect(reader.agent(sinceMs)).toMatchObject({ lastWebsocketHost: host, complains: true });
  });

  it('is that of the hour, newest first, and no other file', () => {
    const { reader, write } = staged();
    write('ecs-agent.log.2026-01-01-01', websocket(3_700, 'ecs-a.second.amazonaws.com'), 3_700);
    write('ecs-agent.log.2026-01-01-00', websocket(100, 'ecs-a.first.amazonaws.com'), 3_600);
    write('ecs-agent.log.2026-01-01-02.gz', websocket(7_300, 'ecs-a.packed.amazonaws.com'), 7_300);
    write('ecs-init.log', websocket(7_300, 'ecs-a.other.amazonaws.com'), 7_300);
    expect(reader.agent(sinceMs).lastWebsocketHost).toBe('ecs-a.second.amazonaws.com');
  });

  it('is read in three files at most, and in none from before the process', () => {
    const { reader, write } = staged();
    for (const hour of [1, 2, 3]) write(`ecs-agent.log.${hour}`, debug(hour, 100), 10 + hour);
    write('ecs-agent.log.0', websocket(1, host), 1);
    expect(reader.agent(sinceMs).lastWebsocketHost).toBeUndefined();
    write('ecs-agent.log.3', '', -60);
    write('ecs-agent.log.2', '', -60);
    expect(reader.agent(sinceMs).lastWebsocketHost).toBe(host);
  });
});

describe('the log of ecs-init', () => {
  it('is the one beside it', () => {
    const { reader, write } = staged();
    expect(reader.ecsInit(sinceMs)).toBeUndefined();
    const failed = `level=error time=${at(1)} msg="could not start Agent: no such image"\n`;
    write('ecs-init.log', failed, 1);
    expect(reader.ecsInit(sinceMs)?.code).toBe('agent-start-failed');
    write('ecs-init.log', `${failed}level=info time=${at(2)} msg="Agent exited with code 1"\n`, 2);
    expect(reader.ecsInit(sinceMs)).toBeUndefined();
  });
});
