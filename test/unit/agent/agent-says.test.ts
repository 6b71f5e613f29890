import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentSays, ecsInitSays } from '../../../src/agent/agent-says.ts';

const time = '2026-01-01T00:00:05Z';
const user = 'User: arn:aws:sts::123456789012:assumed-role/ecsInstanceRole/i-0abc';

type Write = (level: string, message: string, error?: string) => string;

/** The three formats in which agents log. */
const logfmt: Write = (level, message, error) =>
  `level=${level} time=${time} msg=${JSON.stringify(message)}${error === undefined ? '' : ` error=${JSON.stringify(error)}`}\n`;
const json: Write = (level, message, error) =>
  `${JSON.stringify({ level, time, msg: message, ...(error !== undefined && { error }) })}\n`;
const seelog: Write = (level, message, error) =>
  `${time} [${level.toUpperCase()}] ${message}${error === undefined ? '' : `: ${error}`}\n`;

const connected = logfmt('info', 'Connected to ACS endpoint');
const discoverDenied = logfmt(
  'error',
  'ACS: Unable to discover poll endpoint',
  `operation error ECS: DiscoverPollEndpoint, https response error StatusCode: 400, RequestID: 8f1c-22, api error AccessDeniedException: ${user} is not authorized to perform: ecs:DiscoverPollEndpoint on resource: * because no VPC endpoint policy allows the ecs:DiscoverPollEndpoint action`,
);
const timedOut = logfmt(
  'error',
  'Failed to connect to ACS',
  'websocket client: unable to dial ecs-a.us-east-1.amazonaws.com response: : dial tcp 10.0.1.10:443: i/o timeout',
);
const telemetryDenied = logfmt(
  'error',
  'Error from TCS',
  `AccessDeniedException: ${user} is not authorized to perform: ecs:StartTelemetrySession on resource: *`,
);

const said = (text: string, since?: number) => agentSays(text, since).saying;

describe.each([
  ['logfmt', logfmt],
  ['JSON', json],
  ['seelog', seelog],
] as const)('what the agent says in %s', (_, write) => {
  it.each<[string, string, string, code: string]>([
    [
      'a refused call',
      'Unable to register as a container instance with ECS',
      `AccessDeniedException: ${user} is not authorized to perform: ecs:RegisterContainerInstance on resource: *`,
      'agent-refused',
    ],
    [
      'a refused websocket',
      'Failed to connect to ACS',
      'websocket client: unable to dial ecs-a.us-east-1.amazonaws.com response: {"message":"Forbidden"}: websocket: bad handshake',
      'agent-refused',
    ],
    [
      'a certificate',
      'Failed to connect to ACS',
      'websocket client: unable to dial ecs-a.us-east-1.amazonaws.com response: : x509: certificate signed by unknown authority',
      'agent-distrusts',
    ],
    [
      'a deregistered instance',
      'Failed to connect to ACS',
      'InactiveInstanceException: The instance is inactive',
      'agent-deregistered',
    ],
    ...[
      'dial tcp 10.0.1.10:443: i/o timeout',
      'dial tcp: lookup ecs-a.us-east-1.amazonaws.com on 10.0.0.2:53: no such host',
      'dial tcp 10.0.1.10:443: connect: connection refused',
      'context deadline exceeded',
    ].map(
      (error) =>
        [error, 'Failed to connect to ACS', error, 'agent-cannot-reach'] satisfies [
          string,
          string,
          string,
          string,
        ],
    ),
  ])('is told by %s', (_of, message, error, code) => {
    const problem = said(`x\n${write('error', message, error)}y\n`);
    expect(problem?.code).toBe(code);
    expect(problem?.message).toContain(error.slice(-20));
  });

  it('is nothing once it is connected, or registered', () => {
    const complaint = write('error', 'Failed to connect to ACS', 'i/o timeout');
    for (const good of [
      'Connected to ACS endpoint',
      'Registered container instance with cluster!',
      "Registration completed successfully. I am running as 'arn:1' in cluster 'default'",
    ]) {
      expect(agentSays(complaint + write('info', good), undefined)).toEqual({
        saying: undefined,
        complains: false,
      });
      expect(said(write('info', good) + complaint)?.code).toBe('agent-cannot-reach');
    }
  });
});

describe('a refusal', () => {
  it.each([
    ['ecs:DiscoverPollEndpoint', 'the interface endpoint ecs.', discoverDenied],
    ['ecs:StartTelemetrySession', 'the interface endpoint ecs-telemetry,', telemetryDenied],
    [
      'ecs:Poll',
      'the interface endpoint ecs-agent,',
      logfmt(
        'error',
        'Failed to connect to ACS',
        'websocket client: unable to dial ecs-a.x response: <html>: bad handshake',
      ),
    ],
    [
      'ecs:StartTelemetrySession',
      'ecs-telemetry,',
      logfmt(
        'error',
        'Failed',
        'websocket client: unable to dial ecs-t.x response: {}: websocket: bad handshake',
      ),
    ],
    [
      'ecs:RegisterContainerInstance',
      'the interface endpoint ecs,',
      logfmt('error', 'Unable to register as a container instance with ECS', 'AccessDeniedException: no'),
    ],
    [
      'ecs:SubmitTaskStateChange',
      'the interface endpoint ecs,',
      logfmt('error', 'x', 'operation error ECS: SubmitTaskStateChange, api error AccessDeniedException: no'),
    ],
  ])('names %s, and where it is missing', (action, where, line) => {
    const problem = said(line);
    expect(problem?.message).toContain(`the agent was refused ${action}: “`);
    expect(problem?.advice).toContain(`Allow ${action} in `);
    const statement = JSON.parse(/\{.*\}/.exec(problem?.advice ?? '')?.[0] ?? '');
    expect(statement).toMatchObject({ Effect: 'Allow', Resource: '*' });
    expect([statement.Action].flat()).toContain(action);
    expect(statement.Principal).toBe(problem?.advice.includes('interface endpoint') ? '*' : undefined);
    expect(problem?.advice).toContain(where);
  });

  it('is looked for in the role where the text says so', () => {
    const line = logfmt(
      'error',
      'Failed to connect to ACS',
      `AccessDeniedException: ${user} is not authorized to perform: ecs:Poll because no identity-based policy allows the ecs:Poll action`,
    );
    expect(said(line)?.advice).not.toContain('interface endpoint');
  });

  it('reads the same each time that it is the same', () => {
    expect(said(discoverDenied)).toEqual(said(discoverDenied.replace('8f1c-22', '9e00-77')));
    const read = (port: number) =>
      logfmt('error', 'Failed to connect to ACS', `read tcp 10.0.0.5:${port}->10.0.1.10:443: i/o timeout`);
    expect(said(read(40_001))).toEqual(said(read(40_002)));
  });
});

it('quotes no query of a URL', () => {
  const line = logfmt(
    'error',
    'Failed to connect to ACS',
    'Get "https://ecs-a.x/ws?token=abc&n=1": i/o timeout',
  );
  expect(said(line)?.message).toContain('“Get "https://ecs-a.x/ws": i/o timeout”');
});

describe('what counts', () => {
  it('is the last complaint, and telemetry only where there is no other', () => {
    expect(said(discoverDenied + timedOut)?.code).toBe('agent-cannot-reach');
    expect(said(timedOut + discoverDenied)?.code).toBe('agent-refused');
    expect(said(timedOut + telemetryDenied)?.code).toBe('agent-cannot-reach');
    expect(agentSays(connected + telemetryDenied, undefined)).toMatchObject({
      saying: { code: 'agent-refused' },
      complains: false,
    });
  });

  it('is of ACS, whatever a cluster is called', () => {
    const named = `level=error time=${time} msg="Failed to connect to ACS" cluster="arn:aws:ecs:x:1:cluster/telemetry" error="i/o timeout"\n`;
    expect(agentSays(named, undefined).complains).toBe(true);
  });

  it('is not from before the process', () => {
    expect(said(timedOut, Date.parse(time) + 900)).toBeDefined();
    expect(said(timedOut, Date.parse(time) + 1_500)).toBeUndefined();
  });

  it.each([
    logfmt(
      'error',
      'Failed to pull image',
      'Get https://registry.example/v2/: dial tcp 1.2.3.4:443: i/o timeout',
    ),
    logfmt(
      'error',
      'ECS could not fetch',
      `AccessDeniedException: ${user} is not authorized to perform: ssm:GetParameters`,
    ),
    `level=error time=${time} msg="Failed to pull image" taskARN="arn:aws:ecs:us-east-1:1:task/telemetry/1" error="i/o timeout"\n`,
    logfmt('error', 'Error pulling amazon/amazon-ecs-sample', 'i/o timeout'),
    logfmt('error', 'Error pulling from the registry', 'context deadline exceeded'),
    logfmt('info', 'Reconnecting to ACS after i/o timeout'),
    logfmt('debug', 'ACS: context deadline exceeded'),
    logfmt(
      'error',
      'Failed to connect to ACS',
      'unable to dial ecs-a.x response: {"__type":"ServerException"}: websocket: bad handshake',
    ),
    logfmt('warn', 'Error creating a websocket client: websocket: bad handshake'),
    '',
  ])('is not %s', (line) => {
    expect(said(line)).toBeUndefined();
  });

  it('is one printable, bounded line, whatever is logged', () => {
    const foreign = `ACS: i/o timeout \u001b[31m${'x'.repeat(5_000)}`;
    const message = said(seelog('error', foreign))?.message ?? '';
    expect(message).not.toContain('\u001b');
    expect(message.length).toBeLessThan(400);
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const text = `${before}ACS x509: ${after}`;
        expect(agentSays(text, 0).saying?.message.includes('\n') ?? false).toBe(false);
        ecsInitSays(`${before} could not start Agent ${after}`, 0);
      }),
    );
  });
});

describe('what ecs-init says', () => {
  const failed = logfmt('error', 'could not start Agent: API error (500): no space left on device');

  it('is why it could not start the agent', () => {
    expect(ecsInitSays(failed, undefined)).toMatchObject({
      code: 'agent-start-failed',
      message:
        'ecs-init could not start the agent: “could not start Agent: API error (500): no space left on device”',
    });
    const again = logfmt('info', 'Starting Amazon Elastic Container Service Agent');
    expect(ecsInitSays(failed + again, undefined)).toMatchObject({ code: 'agent-start-failed' });
  });

  it('is that the agent ran, and nothing of another boot', () => {
    expect(ecsInitSays(failed + logfmt('info', 'Agent exited with code 1'), undefined)).toBe('ran');
    expect(ecsInitSays(failed, Date.parse(time) + 60_000)).toBeUndefined();
    expect(ecsInitSays('', undefined)).toBeUndefined();
  });
});
