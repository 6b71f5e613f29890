import * as v from 'valibot';
import { agentPaths, agentSupervisors, containerHealths, tcsPaths } from '../agent/agent-observation.ts';
import { answerSources, endpointClasses } from '../endpoints/endpoint-observation.ts';
import { keysOf } from '../kit/keys-of.ts';
import type { ProblemCode } from '../kit/problem.ts';
import { preflightOutcomes } from '../preflight/preflight-answer.ts';
import { phases } from '../reconcile/phase.ts';
import { type ReasonCode, reasons } from '../reconcile/reasons.ts';
import { restartOutcomes } from '../reconcile/restart-outcome.ts';
import { rules } from '../reconcile/rules/order.ts';
import { endpointServices } from '../settings/endpoint-services.ts';
import { allProblems } from './problems.ts';

// The form of status.json: what is written, what is accepted when it is read, and docs/status.md all come from here.
// The daemon knows it as a type only; the parser is in the bundle of the commands.

/** Version of the form. Within one version fields are only ever added, as optional ones. */
export const statusVersion = 1;

/** A value with what it means, for docs/status.md. */
function say<Schema extends v.GenericSchema>(schema: Schema, meaning: string) {
  return v.pipe(schema, v.description(meaning));
}

/** A code, of which docs/events.md has the list. */
function codeOf<Code extends string>(codes: readonly Code[], meaning: string) {
  return v.pipe(v.picklist(codes), v.description(meaning), v.metadata({ type: 'code' }));
}

const text = (meaning: string) => say(v.string(), meaning);
const flag = (meaning: string) => say(v.boolean(), meaning);
const count = (meaning: string) => say(v.number(), meaning);
const milliseconds = (meaning: string) => v.pipe(count(meaning), v.metadata({ unit: 'ms' }));
const time = (meaning: string) => v.pipe(text(meaning), v.metadata({ type: 'time' }));

const phase = (meaning: string) => say(v.picklist(phases), meaning);

const reason = v.object({
  code: codeOf<ReasonCode>([...keysOf(reasons), ...allProblems], 'stable and public (events.md)'),
  message: text('what was seen, in words'),
  advice: v.nullable(text('what to do; null where nothing needs doing')),
});

const problem = v.object({
  code: codeOf<ProblemCode>(allProblems, 'stable and public (events.md)'),
  message: text('what was seen, in words'),
  advice: text('what to change, with the exact command or setting'),
});

const aProblem = (meaning: string) => v.nullable(say(problem, meaning));

const endpoint = v.object({
  service: say(v.picklist(endpointServices), 'which of the three interface endpoints'),
  host: text('its private DNS name'),
  class: say(v.picklist(endpointClasses), "what the name's answers are, all together"),
  addresses: say(v.array(v.string()), 'the addresses answered'),
  reachable: v.nullable(flag('443 and TLS work on one of them at least; null while not tried')),
  ttl: v.nullable(
    v.pipe(count('smallest TTL of the answers; null where none has one'), v.metadata({ unit: 's' })),
  ),
  source: say(v.picklist(answerSources), 'where the answers come from'),
  nameserver: v.nullable(text('whose answer counted; null when none did')),
  rule: text('why the class is what it is'),
  problem: aProblem('set when the class is mixed, absent or failed'),
  answers: say(
    v.array(
      v.object({
        address: text('one address answered'),
        private: flag('counts as private'),
        rule: text('the rule that decided'),
      }),
    ),
    'each address by itself',
  ),
  probes: say(
    v.array(
      v.object({
        address: text('one private address'),
        ok: flag('443 and TLS worked'),
        durationMs: milliseconds('from the connect call to the handshake, or to the failure'),
        issuer: v.nullable(text('issuer of the certificate shown')),
        problem: aProblem('what failed'),
      }),
    ),
    'each private address tried; empty while none is',
  ),
});

const judgedBy = v.object({
  resolver: say(
    v.object({
      source: text('where its resolv.conf comes from, and why'),
      nameservers: say(v.array(v.string()), 'whom it asks'),
      doubt: v.nullable(text('why that is not certain; null where it is')),
      running: v.nullable(
        say(v.array(v.string()), 'whom the agent that runs now asks, where it has another resolv.conf'),
      ),
      unknown: v.nullable(
        text('why that is not known, where the running agent has something else than this host'),
      ),
    }),
    'how it looks names up',
  ),
  hosts: say(v.object({ source: text('where its hosts file comes from') }), 'its hosts file'),
  trust: say(
    v.object({
      source: text('where its certificate authorities are'),
      of: say(
        v.picklist(['setting', 'agent', 'host']),
        'whose they are; host: those of the agent cannot be seen',
      ),
    }),
    'whom it trusts',
  ),
  apiHost: say(
    v.object({ host: text('its name'), source: text('why that') }),
    'the host of the API, which tells it the others',
  ),
});

const agent = v.object({
  container: v.nullable(
    say(
      v.object({
        name: text('its name'),
        id: text('its id at the Docker Engine'),
        image: text('image as configured'),
        running: flag('runs'),
        health: say(v.picklist(containerHealths), "the Engine's health check"),
        startedAt: text("the Engine's own text for the start time (RFC 3339)"),
        exitCode: v.nullable(count('exit code of the last run; null while running or never run')),
      }),
      "the agent's container; null when there is none",
    ),
  ),
  registered: flag('has registered with its cluster'),
  version: v.nullable(text('version of the agent')),
  cluster: v.nullable(text('its cluster')),
  containerInstanceArn: v.nullable(text('its ARN')),
  supervisor: say(v.picklist(agentSupervisors), 'who starts it again when it ends'),
  supervisorUnit: v.optional(
    v.nullable(text('the systemd unit behind it, or the one that the settings name; null where not asked')),
  ),
  supervisorEvidence: v.optional(text('what was seen of who starts it again')),
  path: say(v.picklist(agentPaths), 'the path of its control connections'),
  evidence: text('what was seen of them'),
  connections: say(v.array(v.string()), 'peers on port 443 of its own sockets, with their states; at most 8'),
  lastWebsocketHost: v.nullable(text('host of the last websocket in its log')),
  tcs: v.optional(say(v.picklist(tcsPaths), 'the path of its telemetry connection (TCS)')),
  publicSeen: v.optional(
    v.nullable(flag('any connection to a public address on 443 is there; null where they cannot be read')),
  ),
  provenAt: v.optional(v.nullable(time('when this process was last seen on the private path'))),
  noPublicSince: v.optional(
    v.nullable(time('since when no connection of this process to a public address has been seen')),
  ),
  saying: v.optional(aProblem('what its log, or that of ecs-init, says last of why it is not connected')),
  problem: aProblem('why the Docker Engine could not be asked; the rest is then empty or unknown'),
});

export const statusSchema = v.object({
  version: say(v.literal(statusVersion), 'version of this form; fields may be added within one version'),
  writtenAt: time('when this was written'),
  daemon: say(
    v.object({
      pid: count('process id'),
      version: text('version of ecs-privatelinkd'),
      startedWallMs: milliseconds('when it started, since the Unix epoch'),
      looks: count('looks since it started'),
      startedAt: time('when it started'),
      dryRun: flag('only tells what it would do'),
      linesLost: v.optional(count('log lines that nobody took, since it started')),
    }),
    'who wrote it',
  ),
  phase: phase('where the daemon stands (architecture.md)'),
  since: time('since when in this phase'),
  reason: say(reason, 'why the phase is what it is'),
  next: say(
    v.object({
      lookAt: time('when the next look is due'),
      restartAt: v.nullable(time('when the scheduled restart is due')),
    }),
    'what comes next',
  ),
  instance: say(
    v.object({
      instanceId: v.nullable(text('id of the instance')),
      region: v.nullable(text('its region, as IMDS tells it or as set')),
      availabilityZone: v.nullable(text('its zone')),
      vpcId: v.nullable(text('its VPC')),
      subnetId: v.optional(v.nullable(text('the subnet of its primary network interface'))),
      problem: aProblem('why IMDS could not be asked; what was known before still stands'),
    }),
    'the container instance; what is not known is null',
  ),
  endpoints: say(
    v.array(endpoint),
    'the endpoints, in the order AWS recommends; empty while the names are not known',
  ),
  judgedBy: v.optional(
    v.nullable(say(judgedBy, 'what stood for the next agent process; null while the names are not known')),
  ),
  agent: say(agent, 'the ECS agent'),
  transition: v.nullable(
    say(
      v.object({
        privateSince: time('when all names were first seen private'),
        restarts: count('restarts made for it'),
      }),
      'the change from public to private that is being followed',
    ),
  ),
  lastRestart: v.nullable(
    say(
      v.object({
        at: time('when the call was made'),
        verb: text('the call: kill, restart or systemctl-restart'),
        outcome: say(v.picklist(restartOutcomes), 'what came of it; pending until verified'),
        newProcessMs: v.nullable(milliseconds('from the call to the new process')),
        connectedMs: v.nullable(milliseconds('from the call to the agent on the private path')),
        requestId: v.nullable(text("the operator's request that asked for it")),
      }),
      'the last restart by this daemon or an earlier one',
    ),
  ),
  restartsTotal: count('restarts since the journal was begun'),
  counts: say(
    v.object({
      readyRounds: count('consecutive rounds with all names private and reachable'),
      settleRounds: count('how many are needed'),
      publicLooks: count('consecutive looks at the agent on the public path'),
      pathRounds: count('how many are needed'),
      notPrivateRounds: count('consecutive rounds with a name that is not private'),
      restarts: count('restarts made for this transition'),
      maxRestarts: count('how many may be made'),
      pathUnknownSince: v.nullable(time('since when the path cannot be determined')),
      unknownPathAfterMs: milliseconds('after how long start times decide instead'),
    }),
    'how far it has counted, and to where',
  ),
  preflight: v.optional(
    v.nullable(
      say(
        v.object({
          at: time('when it was asked'),
          host: text('the host of the ECS API'),
          address: text('the private address that was asked'),
          outcome: say(v.picklist(preflightOutcomes), 'unanswered is no obstacle to a restart'),
          found: text('in words'),
        }),
        'what ECS answered last to what a new agent would ask; null while it was not asked',
      ),
    ),
  ),
  warnings: say(v.array(reason), 'guards that would block, shown before it comes to that'),
  rules: v.optional(
    say(
      v.array(
        v.object({
          rule: say(v.picklist(keysOf(rules)), 'its name (decision-rules.md)'),
          result: say(v.picklist(['passed', 'went-on', 'spoke']), 'the one that spoke ended the list'),
          found: text('in a few words'),
        }),
      ),
      'the rules that were asked in the last look, in their order',
    ),
  ),
  request: v.nullable(say(v.object({ id: text('its id') }), "the operator's request being handled")),
  requestAnswer: v.nullable(
    say(
      v.object({
        id: text('id of the request'),
        phase: phase('the phase that ended it'),
        reason: say(reason, 'why'),
      }),
      'the last request that ended without a restart',
    ),
  ),
});

/** What `status.json` and `status --json` hold. */
export type Status = v.InferOutput<typeof statusSchema>;
