import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';
import type { Problem } from '../kit/problem.ts';
import { isBefore, linesWith } from './agent-log.ts';

export interface AgentSays {
  /** What it complains of. */
  readonly saying: Problem | undefined;
  /** It complains of ACS or of the API, and not of telemetry alone. */
  readonly complains: boolean;
}

/** What is said by agents since 1.44.4, and before. */
const good =
  /Connected to ACS endpoint|Registered container instance with cluster|Registration completed success/;
const denied = /AccessDenied|is not authorized to perform: ecs:/;
/** The service gave an HTTP answer instead of a websocket; a 403 is the one that stays. */
const handshake = /unable to dial \S+ response: (?!:)\S|bad handshake/;
const serverTrouble = /ServerException|InternalServer|Unavailable|\b5\d\d\b/;
const inactive = /InactiveInstanceException/;
const distrusted = /x509: |certificate signed by unknown authority/;
const unreachable = /i\/o timeout|no such host|connection refused|context deadline exceeded/;
const signs = [good, denied, handshake, inactive, distrusted, unreachable];

/** Lines about a registry or a secret speak of time-outs and of denied access too, and most name a task by its ARN. */
const ofControlPlane =
  /\b(?:ACS|TCS|ECS)\b|\becs-[at][.-]|\/\/ecs[.-]|[Pp]oll ?[Ee]ndpoint|\b[Rr]egist(?!ry|ries)|[Tt]elemetry/;
const ofTelemetry = /\bTCS\b|\becs-t[.-]|[Tt]elemetry/;
const arn = /arn:[^\s"\\]+/g;
const isNoComplaint = /level"?[=:]"?(?:info|debug|trace)\b|\[(?:INFO|DEBUG|TRACE)\]/;

/**
 * What the agent says last of its connections in the end of its log, by the lines that are not from before
 * `sinceWallMs`. What it says of ACS and of the API comes before what it says of telemetry.
 */
export function agentSays(text: string, sinceWallMs: number | undefined): AgentSays {
  let own: Problem | undefined;
  let telemetry: Problem | undefined;
  for (const line of linesWith(text, signs)) {
    if (isBefore(line, sinceWallMs)) continue;
    if (good.test(line)) {
      own = undefined;
      telemetry = undefined;
      continue;
    }
    const complaint = complaintIn(line);
    if (complaint === undefined) continue;
    if (ofTelemetry.test(line.replaceAll(arn, ''))) telemetry = complaint;
    else own = complaint;
  }
  return { saying: own ?? telemetry, complains: own !== undefined };
}

function complaintIn(line: string): Problem | undefined {
  if (isNoComplaint.test(line) || !ofControlPlane.test(line.replaceAll(arn, ''))) return undefined;
  const action = /is not authorized to perform: (\w{1,64}:\w{1,64})/.exec(line)?.[1];
  if (action !== undefined && !action.startsWith('ecs:')) return undefined;
  const said = quoted(line);
  if (inactive.test(line)) {
    return {
      code: 'agent-deregistered',
      message: `ECS has deregistered this container instance: ${said}`,
      advice:
        'The agent asks again only once an hour. To register anew: `systemctl stop ecs`, `rm /var/lib/ecs/data/agent.db`, `systemctl start ecs`.',
    };
  }
  if (denied.test(line) || (handshake.test(line) && !serverTrouble.test(line))) return refused(line, said);
  if (distrusted.test(line)) {
    return {
      code: 'agent-distrusts',
      message: `the agent does not trust the certificate that it is shown: ${said}`,
      advice:
        'Check the clock of the instance, and what ends TLS on the way. The agent trusts the bundle that SSL_CERT_FILE of its own environment (/etc/ecs/ecs.config) names, else that of its image, and not the trust store of the host everywhere.',
    };
  }
  if (!unreachable.test(line)) return undefined;
  return {
    code: 'agent-cannot-reach',
    message: `the agent cannot reach the control plane: ${said}`,
    advice:
      'Check that the name resolves (`ecs-privatelinkd doctor`), and that the security groups of the endpoint and of the instance let 443 through.',
  };
}

function refused(line: string, said: string): Problem {
  const action = refusedAction(line);
  return {
    code: 'agent-refused',
    message: `the agent was refused ${action}: ${said}`,
    advice: allowAdvice(action, line),
  };
}

/** What an agent needs of the `ecs` endpoint: without one of them it would be refused that next. */
const ofApi = [
  'ecs:DiscoverPollEndpoint',
  'ecs:RegisterContainerInstance',
  'ecs:DeregisterContainerInstance',
  'ecs:UpdateContainerInstancesState',
  'ecs:Submit*',
];

/**
 * Where to allow an action that was refused with that sentence, which tells which policy lacks it, and the statement to
 * paste there.
 */
export function allowAdvice(action: string, sentence: string): string {
  const endpoint =
    action === 'ecs:Poll' ? 'ecs-agent' : action === 'ecs:StartTelemetrySession' ? 'ecs-telemetry' : 'ecs';
  const inEndpoint = `the policy of the interface endpoint ${endpoint}`;
  const inRole = 'the policies of the role of this instance (AmazonEC2ContainerServiceforEC2Role)';
  const missing = /endpoint policy/i.test(sentence)
    ? inEndpoint
    : /identity-based policy/i.test(sentence)
      ? inRole
      : `${inEndpoint}, and in ${inRole}`;
  const actions = endpoint === 'ecs' ? [...new Set([action, ...ofApi])] : [action];
  const principal = missing === inRole ? '' : '"Principal": "*", ';
  const statement = `{"Effect": "Allow", ${principal}"Action": ["${actions.join('", "')}"], "Resource": "*"}`;
  const inBoth = missing.includes(', and') ? ' (without Principal in the role)' : '';
  return `Allow ${action} in ${missing}. The statement${inBoth}: ${statement}`;
}

/** The action of IAM's that the call needs; by the call where no action is named, else by the host that was dialled. */
function refusedAction(line: string): string {
  const named = /is not authorized to perform: (ecs:\w{1,64})/.exec(line)?.[1];
  if (named !== undefined) return named;
  const call = /operation error ECS: (\w{1,64})/.exec(line)?.[1];
  if (call !== undefined) return `ecs:${call}`;
  if (/discover|poll ?endpoint/i.test(line)) return 'ecs:DiscoverPollEndpoint';
  if (/register/i.test(line)) return 'ecs:RegisterContainerInstance';
  return ofTelemetry.test(line) ? 'ecs:StartTelemetrySession' : 'ecs:Poll';
}

const startFailed = /could not (?:start|load|remove)\b[^\n]*Agent/;
const ran = /Agent exited with code/;

/**
 * What ecs-init says last of starting the agent in the end of its own log: why it failed to, or that the agent ran
 * (`ran`); undefined where it says neither.
 */
export function ecsInitSays(text: string, sinceWallMs: number | undefined): Problem | 'ran' | undefined {
  let said: Problem | 'ran' | undefined;
  for (const line of linesWith(text, [startFailed, ran])) {
    if (!isBefore(line, sinceWallMs)) said = startFailed.test(line) ? notStarted(line) : 'ran';
  }
  return said;
}

function notStarted(line: string): Problem {
  return {
    code: 'agent-start-failed',
    message: `ecs-init could not start the agent: ${quoted(line)}`,
    advice: 'Fix what it names; `journalctl -u ecs` and /var/log/ecs/ecs-init.log have the lines around it.',
  };
}

/**
 * The error of a line, else its message, without what differs each time that the same is said: identifiers of requests,
 * ports of our own, and without the query of a URL.
 */
function quoted(line: string): string {
  const field = (name: string) =>
    new RegExp(`\\b${name}"?[=:] ?"((?:[^"\\\\]|\\\\.)*)`).exec(line)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const text = field('error') || field('err') || field('msg') || line.replace(/^.*?\[[A-Z]+\] /, '');
  const same = text
    .replaceAll(/,? ?Request ?ID: [\w-]+/gi, '')
    .replaceAll(/:\d+->/g, '->')
    .replaceAll(/(:\/\/[^\s"?]*)\?[^\s"]*/g, '$1');
  return `“${printable(same, budgets.quoteLength)}”`;
}
