import { Resolver } from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as v from 'valibot';
import { agentContainer, agentSettings } from '../../src/agent/agent-container.ts';
import { blankEnvironment, blankUnusedTexts, usedEnvironment } from '../../src/agent/agent-environment.ts';
import { lastWebsocketHost, reachesBefore } from '../../src/agent/agent-log.ts';
import { agentSays, ecsInitSays } from '../../src/agent/agent-says.ts';
import { apiSettings, defaultConfigPath, parseAgentConfig } from '../../src/agent/api-settings.ts';
import { watchContainerEvents } from '../../src/agent/container-events.ts';
import { engineVersionSchema, inspectAnswerSchema } from '../../src/agent/engine-answers.ts';
import { engineBadAnswer } from '../../src/agent/engine-problem.ts';
import { parseMetadata } from '../../src/agent/introspection-answers.ts';
import { parseProcessStat } from '../../src/agent/process-stat.ts';
import { createTaskCounter } from '../../src/agent/task-counter.ts';
import { endsWithListener, parseListeners, parseTcpTable } from '../../src/agent/tcp-table.ts';
import { createInventoryNote } from '../../src/daemon/inventory-note.ts';
import { takeRestartRequest } from '../../src/daemon/restart-request.ts';
import { ec2ReadingSchema } from '../../src/ec2/ec2-reading.ts';
import { encodeQuestion, readResponse } from '../../src/endpoints/dns-message.ts';
import { daemonJsonPath, parseDockerdDns } from '../../src/endpoints/dockerd-dns.ts';
import { parseHostsFile } from '../../src/endpoints/hosts-file.ts';
import { describeProbeFailure } from '../../src/endpoints/probe-problem.ts';
import { parseResolvConf } from '../../src/endpoints/resolv-conf.ts';
import { readRecordText } from '../../src/fleet/record-reader.ts';
import { readTrailEvent } from '../../src/fleet/trail-event.ts';
import { imdsItems, interfaceItems, readItem } from '../../src/instance/imds-items.ts';
import { budgets } from '../../src/kit/budgets.ts';
import { printable, visible } from '../../src/kit/printable.ts';
import { preflightAnswerSchema } from '../../src/preflight/preflight-answer.ts';
import { readJournal } from '../../src/reconcile/journal-reading.ts';
import { formatLine } from '../../src/report/log-line.ts';
import { readStatus, UnreadableStatusError } from '../../src/report/status-reader.ts';
import { ConfigError } from '../../src/settings/config-error.ts';
import { resolveSettings } from '../../src/settings/resolve-settings.ts';
import { parseUnits, serviceOfControlGroup, startsAgent } from '../../src/supervision/supervisor-unit.ts';
import type { Target } from './target.ts';

const signal = new AbortController().signal;
const isError = (thrown: unknown) => thrown instanceof Error;
const isSyntaxError = (thrown: unknown) => thrown instanceof SyntaxError;

const inspect = JSON.stringify({
  Id: '3f2a'.padEnd(64, '0'),
  Name: '/ecs-agent',
  Config: {
    Image: 'amazon/amazon-ecs-agent:latest',
    Env: ['HTTPS_PROXY=http://me:secret@proxy:1', 'ECS_ENGINE_AUTH_DATA={"a":"b"}', 'NO_PROXY=a'],
  },
  HostConfig: { NetworkMode: 'host', RestartPolicy: { Name: 'no' } },
  State: {
    Running: true,
    Paused: false,
    Restarting: false,
    Pid: 1,
    ExitCode: 0,
    StartedAt: '2026-01-01T00:00:00.1Z',
    Health: { Status: 'healthy' },
  },
});

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:C9DE 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0
   1: 020200C0:E73A 0A01000A:01BB 01 00000000:00000000 02:000003E8 00000000     0        0 78 2 0 20 4 30 10 -1
`;

const agentLog = `level=info time=2025-09-13T05:58:03Z msg="Establishing a Websocket connection" url="https://ecs-a-1.us-east-1.amazonaws.com/ws?a=b"
{"level":"error","time":"2025-09-13T05:58:04Z","msg":"Unable to discover poll endpoint","error":"operation error ECS: DiscoverPollEndpoint, RequestID: 1, AccessDeniedException: is not authorized to perform: ecs:Poll on resource: arn:aws:ecs:x"}
2019-07-07T13:35:59Z [ERROR] could not start Agent: ACS unable to dial wss://ecs-a.x/ws response: 403: bad handshake i/o timeout x509: 10.0.0.1:33->10.0.0.2:443
`;

const unit = `Id=ecs.service
LoadState=loaded
ActiveState=active
Job=3
ExecStart={ path=/usr/libexec/amazon-ecs-init ; argv[]=/usr/libexec/amazon-ecs-init start ; }
ControlGroup=/system.slice/ecs.service

Id=x.service
LoadState=loaded
`;

/** Parsers of a file are given one. */
function inFile(name: string, parse: (directory: string) => unknown): (text: string) => unknown {
  return (text) => {
    const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
    try {
      writeFileSync(join(directory, name), text);
      return parse(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}

async function eventsOf(text: string): Promise<unknown> {
  const own = new AbortController();
  const seen: unknown[] = [];
  await watchContainerEvents(
    {
      engine: { events: () => Promise.resolve(Readable.from([Buffer.from(text)])) },
      name: 'ecs-agent',
      clock: {
        now: () => ({ wallMs: 0, monoMs: 0 }),
        sleep: async (_, aborted) => {
          if (aborted === own.signal) own.abort();
          await new Promise((_resolve, reject) => {
            if (aborted.aborted) reject(aborted.reason);
            aborted.addEventListener('abort', () => reject(aborted.reason));
          });
        },
      },
      random: () => 0,
      onEvent: (event) => seen.push(event),
      onProblem: (problem) => seen.push(problem?.message),
    },
    own.signal,
  );
  return seen;
}

const items = { ...imdsItems, ...interfaceItems('02:00:00:00:00:01') };

export const targets: Readonly<Record<string, Target>> = {
  'fleet record': {
    seeds: [
      JSON.stringify({
        Phase: 'settled',
        Reason: 'on-private-path',
        SeenAt: '2026-11-27T04:05:06Z',
        Message: 'm',
      }),
      '----------ERROR-------\nsh: ecs-privatelinkd: command not found',
    ],
    parse: readRecordText,
    shownAtMost: 12_000,
  },
  'CloudTrail event': {
    seeds: [
      JSON.stringify({
        eventName: 'DiscoverPollEndpoint',
        eventTime: '2026-11-27T03:05:06Z',
        sourceIPAddress: '203.0.113.9',
        requestParameters: { containerInstance: 'arn:aws:ecs:us-east-1:1:container-instance/prod/1' },
      }),
    ],
    parse: readTrailEvent,
    shownAtMost: 2_000,
  },
  'IMDS items': {
    seeds: [
      'us-east-1',
      '{"region":"us-east-1"}',
      '02:00:00:00:00:01/\n02:00:00:00:00:02/',
      '10.0.0.0/16\n2600:1f16::/56',
      'InService',
      '{"action":"stop","time":"x"}',
    ],
    parse: async (text) => {
      const imds = { enabled: true, endpoint: 'http://x', get: () => Promise.resolve(text) };
      const told: unknown[] = [];
      for (const item of Object.values(items)) {
        const reading = await readItem<unknown>(imds, item, signal);
        told.push(reading.ok ? reading.value : reading.problem.message);
      }
      return told;
    },
    shownAtMost: 200_000,
  },
  'inspect answer': {
    seeds: [inspect],
    parse: (text) => {
      const bytes = Buffer.from(text);
      blankEnvironment(bytes);
      const parsed = v.safeParse(inspectAnswerSchema, JSON.parse(bytes.toString()));
      if (!parsed.success) return engineBadAnswer('GET', '/s', v.summarize(parsed.issues)).problem.message;
      const container = agentContainer(parsed.output, undefined, { wallMs: 0, monoMs: 0 });
      const environment = usedEnvironment(parsed.output.Config.Env);
      return [
        container,
        agentSettings({ running: environment, next: environment }, undefined, [
          'ecs-a.us-east-1.amazonaws.com',
        ]),
      ];
    },
    declared: isSyntaxError,
    shownAtMost: 8_000,
  },
  'version answer': {
    seeds: ['{"Version":"25.0.8","ApiVersion":"1.44"}'],
    parse: (text) => v.safeParse(engineVersionSchema, JSON.parse(text)).output,
    declared: isSyntaxError,
  },
  'Engine events': {
    seeds: ['{"Type":"container","Action":"start"}\n{"Action":"die"}\n', '<html>\n'],
    parse: eventsOf,
    shownAtMost: 2_000,
  },
  'introspection metadata': {
    seeds: ['{"Cluster":"c","ContainerInstanceArn":"arn:1","Version":"Amazon ECS Agent - v1.105.1 (*1)"}'],
    parse: (text) => parseMetadata(JSON.parse(text)),
    declared: isError,
    shownAtMost: 2_000,
  },
  'introspection tasks': {
    seeds: ['{"Tasks":[{"DesiredStatus":"RUNNING","KnownStatus":"NONE","Containers":[{"Name":"a\\"b"}]}]}'],
    parse: (text) => {
      const counter = createTaskCounter();
      for (let at = 0; at < text.length; at += 7_919) counter.add(text.slice(at, at + 7_919));
      return counter.end();
    },
    declared: isError,
  },
  'resolv.conf': {
    seeds: [
      'nameserver 10.0.0.2\nnameserver fe80::1%eth0\noptions timeout:2 attempts:3 rotate\nsearch a b\n',
    ],
    parse: (text) => {
      const parsed = parseResolvConf(text);
      for (const address of parsed.nameservers) {
        new Resolver().setServers([address.includes(':') ? `[${address}]:53` : `${address}:53`]);
      }
      return { ...parsed, search: parsed.search.map((one) => printable(one, budgets.nameLength)) };
    },
    shownAtMost: 20_000,
  },
  'DNS message': {
    seeds: ['\u0000\u0000\u0081\u0080\u0000\u0001\u0000\u0001\u0000\u0000\u0000\u0001'],
    parse: (text) => {
      const question = encodeQuestion({ id: 0, name: 'ecs.x', type: 'A', trustAd: false });
      if (question === undefined) throw new Error('not a name');
      // What follows the question is the text, so that most of it is read as records.
      const bytes = Buffer.from(text, 'latin1');
      const message = Buffer.concat([question.subarray(0, -11), bytes]);
      message.set([0x81, 0x80, 0, 1, 0, 9, 0, 1, 0, 2], 2);
      return [readResponse(bytes, question, 'udp'), readResponse(message, question, 'tcp')];
    },
    shownAtMost: 20_000,
  },
  hosts: {
    seeds: ['127.0.0.1 localhost # x\n10.0.1.10 ecs-a.us-east-1.amazonaws.com ecs\n'],
    parse: parseHostsFile,
  },
  'agent log': {
    seeds: [agentLog],
    parse: (text) => [
      lastWebsocketHost(text, 0),
      reachesBefore(text, 1e12),
      agentSays(text, 0),
      ecsInitSays(text, 0),
    ],
    shownAtMost: 4_000,
  },
  'tcp tables': {
    seeds: [table],
    parse: (text) => [parseTcpTable(text, 443), parseListeners(text, 51_678), endsWithListener(text)],
  },
  'process files': {
    seeds: [
      '7 (dockerd) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 100 0',
      '/system.slice/ecs.service',
    ],
    parse: (text) => [parseProcessStat(text), serviceOfControlGroup(text)],
  },
  'systemctl show': {
    seeds: [unit],
    parse: (text) => parseUnits(text).map((one) => startsAgent(one, 'ecs-agent')),
  },
  'status file': {
    seeds: ['{"version":1,"daemon":{"version":"0.1.0"}}'],
    parse: inFile('status.json', readStatus),
    declared: (thrown) => thrown instanceof UnreadableStatusError,
  },
  journal: {
    seeds: [
      '{"version":1,"bootId":"b","savedMonoMs":1,"restarts":[],"restartsTotal":0,"intent":{"verb":"kill"}}',
    ],
    parse: (text) => readJournal(JSON.parse(text)),
    declared: isSyntaxError,
  },
  'request file': {
    seeds: ['{"id":"1","ifNeeded":true}'],
    parse: inFile('restart-request.json', takeRestartRequest),
  },
  'config file': {
    seeds: [
      '# x\nECS_PRIVATELINKD_SPLAY=5m\nECS_PRIVATELINKD_PRIVATE_CIDRS="10.0.0.0/8"\nECS_PRIVATELINKD_X=1\n',
    ],
    parse: (text) => resolveSettings({ flags: {}, env: {}, file: { path: '/c', text } }).warnings,
    declared: (thrown) => thrown instanceof ConfigError,
  },
  'inventory note': {
    seeds: ['/var/lib/amazon/ssm/i-1/inventory/custom/ecs-privatelinkd.json\n'],
    parse: inFile('ssm-inventory', (directory) => createInventoryNote(directory).read()),
    declared: isError,
  },
  'agent config file': {
    seeds: [
      '{"APIEndpoint":"https://ecs.x","AWSRegion":"us-east-1","EngineAuthData":{"a":["b"]},"Cluster":"c"}',
    ],
    parse: (text) => {
      const bytes = Buffer.from(text);
      blankUnusedTexts(bytes);
      const [read, unblanked] = [bytes.toString(), Buffer.from(text).toString()].map((one) =>
        apiSettings(new Map(), parseAgentConfig(defaultConfigPath, one)),
      );
      // What of URLs is left out is blanked too; whether it is a file that the agent takes stays the same.
      if (read?.refused !== unblanked?.refused) throw new Error('it is another file once it is blanked');
      return read;
    },
    shownAtMost: 2_000,
  },
  'dockerd settings': {
    seeds: [
      '{"dns":["10.0.0.2"],"dns-opts":["ndots:1"],"dns-search":["x"],"host-gateway-ip":"172.17.0.1"}',
      '/usr/bin/dockerd\u0000--dns=10.0.0.2\u0000--dns-search\u0000x\u0000--config-file=/x',
    ],
    parse: (text) => {
      const words = text.split('\u0000');
      return [
        daemonJsonPath(words),
        text.startsWith('{') ? parseDockerdDns([], text) : parseDockerdDns(words, ''),
      ];
    },
    declared: isError,
  },
  'answers of children': {
    seeds: [
      '{"outcome":"refused","said":"User: x is not authorized"}',
      '{"outcome":"told","acsHost":"ecs-a.x"}',
      '{"kind":"skipped","code":"ec2-failed","why":"x"}',
      '{"kind":"told","dnsSupport":true,"dnsHostnames":true,"endpoints":[],"groups":[],"subnets":[]}',
    ],
    parse: (text) =>
      [preflightAnswerSchema, ec2ReadingSchema].map((schema) => v.safeParse(schema, JSON.parse(text)).output),
    declared: isSyntaxError,
  },
  'certificate fields': {
    seeds: ['Amazon RSA 2048 M02', 'DNS:ecs-a.us-east-1.amazonaws.com, DNS:x'],
    parse: (text) =>
      describeProbeFailure(
        {
          stage: 'certificate',
          code: 'X',
          issuer: printable(text, budgets.nameLength),
          names: printable(text, budgets.nameLength),
          trust: { words: 't', of: 'agent' },
        },
        { name: { service: 'ecs', host: 'ecs.x', serviceName: 's' }, address: '10.0.0.1', port: 443 },
      ).message,
    shownAtMost: 2_000,
  },
  'text log': {
    seeds: ['a line\u001b[2J'],
    parse: (text) =>
      visible(formatLine(JSON.stringify({ time: 't', level: 'warn', msg: 'm', [text]: text }))).slice(0, -1),
    shownAtMost: 2_000_000,
  },
};
