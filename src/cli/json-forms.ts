import * as v from 'valibot';
import { checkNames } from '../doctor/order.ts';
import { failureKinds } from '../fleet/aws-failure.ts';
import { witnessNames } from '../fleet/fleet-report.ts';
import { keysOf } from '../kit/keys-of.ts';
import { rules } from '../reconcile/rules/order.ts';
import { codeOf, count, flag, milliseconds, say, text, time } from '../report/field-schemas.ts';
import { allProblems } from '../report/problems.ts';
import { problem, reason, statusSchema } from '../report/status-schema.ts';
import { exitCodes } from '../settings/exit-codes.ts';
import { options } from '../settings/options.ts';
import { valueKey } from '../settings/value-kind.ts';
import { type JsonCommand, jsonVersions } from './json-versions.ts';

// What `--json` prints, from which docs/schemas/ is made. The program knows these forms as types only.

const { phase, endpoints, judgedBy, agent } = statusSchema.entries;

const errorEntries = {
  code: codeOf(allProblems, 'stable and public (events.md)'),
  message: text('what was seen, in words'),
  advice: v.nullable(text('what to do; null where nothing needs doing')),
};

const error = v.object({
  ...errorEntries,
  others: v.optional(say(v.array(v.object(errorEntries)), 'what else is wrong, of what is told all at once')),
});

const checkResult = v.object({
  name: codeOf(checkNames, 'name of the check (troubleshooting.md)'),
  status: say(v.picklist(['pass', 'warn', 'fail', 'skip']), 'what it came to'),
  code: text('which of its findings; stable and public (troubleshooting.md)'),
  seen: text('what was seen'),
  meaning: v.nullable(text('what that means; null where all is well')),
  advice: v.nullable(text('what to do; null where all is well')),
  becauseOf: v.nullable(codeOf(checkNames, 'the check from whose finding this one follows')),
  durationMs: milliseconds('how long it took'),
});

const checkForm = v.object({
  onPrivateLink: flag('the agent is on the private path'),
  reason: say(reason, 'why, or why not'),
  instance: say(
    v.object({
      instanceId: v.nullable(text('id of the instance')),
      region: v.nullable(text('its region, as IMDS tells it or as set')),
      vpcId: v.nullable(text('its VPC')),
      vpcCidrs: say(v.array(v.string()), 'address ranges of the VPC'),
      problem: v.nullable(say(problem, 'why IMDS could not be asked')),
    }),
    'the container instance; what is not known is null',
  ),
  endpoints,
  judgedBy: v.nullable(judgedBy.wrapped.wrapped),
  agent,
  preflight: v.nullable(
    say(
      v.object({
        host: v.nullable(text('the private DNS name that was asked')),
        address: v.nullable(text('its address')),
        outcome: text('what came of it'),
        found: text('the same in words'),
      }),
      'what ECS answers a new agent; null without --ecs',
    ),
  ),
});

const doctorForm = v.object({
  ok: flag('no check failed'),
  counts: say(
    v.object({ pass: v.number(), warn: v.number(), fail: v.number(), skip: v.number() }),
    'how many checks came to what',
  ),
  cause: v.nullable(
    say(
      v.object({
        ...checkResult.entries,
        explains: say(v.array(v.picklist(checkNames)), 'the checks that fail because of it'),
      }),
      'what matters most of all that is wrong; null where nothing is',
    ),
  ),
  causes: say(
    v.array(v.picklist(checkNames)),
    'all that is wrong and follows from nothing else, the one that matters most last',
  ),
  checks: say(v.array(checkResult), 'every check that was made'),
});

/** With `--list`. */
const doctorListForm = v.object({
  listed: say(
    v.array(
      v.object({
        name: codeOf(checkNames, 'its name, for --only'),
        title: text('what it looks at'),
        onlyWith: v.nullable(text('the flag that it needs')),
      }),
    ),
    'the checks that there are',
  ),
});

const explainForm = v.object({
  phase,
  reason: say(reason, 'why the phase is what it is'),
  decision: text('the phase, since when, and why'),
  observations: say(v.array(v.string()), 'what it was decided on'),
  rules: say(
    v.array(
      v.object({
        rule: codeOf(keysOf(rules), 'its name (decision-rules.md)'),
        result: say(v.picklist(['passed', 'went-on', 'spoke', 'not-reached']), 'what came of it'),
        found: text('in a few words'),
      }),
    ),
    'the rules of the decision, in their order',
  ),
  rule: text('the rule that decided, in words'),
  changes: text('what would change the decision'),
});

const restartForm = v.object({
  exitCode: say(v.picklist(Object.values(exitCodes).map(({ code }) => code)), 'that of the command'),
  message: text('what came of it'),
  advice: v.nullable(text('what to do; null where nothing needs doing')),
});

const setting = v.unknown();

const configForm = v.object({
  settings: say(
    v.object(Object.fromEntries(options.map(({ name, kind }) => [valueKey(name, kind), setting]))),
    'every setting, null for unset; with --origin each is {"value": …, "origin": …}',
  ),
});

const list = (meaning: string) => say(v.array(v.looseObject({})), meaning);
const words = (meaning: string) => say(v.array(v.string()), meaning);
const maybe = (meaning: string) => v.nullable(text(meaning));
const number = (meaning: string) => v.nullable(count(meaning));

const standing = say(
  v.picklist(['proven', 'no', 'unknown', 'left-out']),
  '`proven`: it needs no NAT; `no`: it is known to be not done; `unknown`: neither is proven',
);

const fleetForm = v.object({
  question: text('what is answered'),
  answer: say(v.picklist(['yes', 'no', 'unknown']), 'the verdict'),
  because: text('why, in a sentence'),
  at: time('when it was asked'),
  counts: say(
    v.object({
      hosts: count('container instances'),
      done: count('proven'),
      notDone: count('known not to be'),
      notKnown: count('neither'),
      leftOut: count('records of hosts in none of the clusters'),
    }),
    'how many hosts came to what',
  ),
  reasons: say(
    v.array(v.object({ code: text('the reason'), standing, hosts: count('how many have it') })),
    'hosts by reason',
  ),
  witnesses: say(
    v.array(
      v.object({
        target: text('the account and region, as they were asked for'),
        account: text('its number; empty where nothing told it'),
        region: text('the region'),
        witness: say(v.picklist(keysOf(witnessNames)), 'who was asked (fleet.md)'),
        told: flag('whether it told all'),
        kind: v.optional(say(v.picklist(failureKinds), 'why not')),
        action: v.optional(text('the IAM action that was asked for, or that AWS named as missing')),
        message: v.optional(text('what AWS said')),
        advice: v.optional(text('what to do')),
      }),
    ),
    'who was asked, and why one did not tell',
  ),
  trail: say(
    v.array(
      v.object({
        target: text('as above'),
        events: count('calls that were read'),
        complete: flag('whether all of the last 13 hours was read'),
        byEndpoint: count('agents that last asked through an endpoint'),
        byInternet: count('agents that last asked from a public address'),
      }),
    ),
    'what CloudTrail has of DiscoverPollEndpoint, by target',
  ),
  figures: say(
    v.array(
      v.object({
        target: text('as above'),
        of: say(v.picklist(['nat-gateway', 'endpoint']), 'of what'),
        name: text('its id, and the service of an endpoint'),
        mostConnections: count('most connections at once in the last hour'),
      }),
    ),
    'what CloudWatch has of gateways and endpoints; shown beside, never proof',
  ),
  hosts: say(
    v.array(
      v.object({
        account: text('number of its account'),
        region: text('its region'),
        cluster: text('by ECS, or else by its record; so are the next two'),
        subnetId: text('its subnet'),
        zone: text('its availability zone'),
        instanceId: text('the EC2 instance'),
        containerInstanceArns: words('as ECS has it: usually one'),
        standing,
        code: text('the reason'),
        message: text('what was seen'),
        advice: text('what to do; empty where nothing needs doing'),
        advisedBy: say(v.picklist(['fleet', 'host']), 'whose advice it is'),
        agentConnected: flag('by ECS'),
        agentVersion: text('by ECS'),
        record: say(
          v.nullable(
            v.object({
              by: say(v.picklist(['inventory', 'run-command']), 'who told it'),
              phase: text('the phase of its daemon'),
              reason: text('the reason of its daemon'),
              seenAt: time('when that was seen'),
              daemonVersion: text('version of its daemon'),
            }),
          ),
          'the newest that can be read; null where there is none',
        ),
        lastAsked: say(
          v.nullable(
            v.object({
              at: time('when'),
              way: say(v.picklist(['endpoint', 'public', 'unclear']), 'by which way'),
              from: text('the address that it came from'),
              endpoint: text('the VPC endpoint that CloudTrail names; empty where it names none'),
            }),
          ),
          'the last call of its agent that CloudTrail has; null where it has none',
        ),
      }),
    ),
    'each host, with --only not-done those that are not done',
  ),
});

const planForm = v.object({
  verdict: text('whether something is missing (plan.md)'),
  region: text('the region'),
  account: maybe('the account that asked'),
  vpcId: text('the VPC'),
  vpcOwner: maybe('the account whose VPC it is'),
  clusters: words('the clusters in it'),
  containerInstances: number('how many; null where they cannot be seen'),
  taskDefinitions: number('how many were read; null where they cannot be seen'),
  network: list('findings on the VPC: kind, code, message, permission'),
  endpoints: list('each endpoint that is needed: service, purpose, answer, findings'),
  outside: list('what is needed and has no endpoint'),
  steps: list('what creates what is missing, in its order, with its commands'),
  cost: say(v.looseObject({}), 'against NAT, in US dollars a month (plan.md)'),
  zones: words('the availability zones of the VPC'),
});

const versionForm = v.object({
  programVersion: text('version of ecs-privatelinkd'),
  commit: v.nullable(text('the commit it was built from; null where that is not known')),
  node: text('version of Node.js that runs it'),
});

/** What each command may print beside the envelope, where it has a result. */
const results = {
  check: [checkForm],
  doctor: [doctorForm, doctorListForm],
  explain: [explainForm],
  restart: [restartForm],
  status: [statusSchema],
  fleet: [fleetForm],
  plan: [planForm],
  config: [configForm],
  version: [versionForm],
} as const satisfies Record<JsonCommand, readonly v.ObjectSchema<v.ObjectEntries, undefined>[]>;

export type CheckForm = v.InferOutput<typeof checkForm>;
export type FleetForm = v.InferOutput<typeof fleetForm>;
export type DoctorForm = v.InferOutput<typeof doctorForm>;
export type RestartForm = v.InferOutput<typeof restartForm>;

/** The whole document that a command prints: one of its results, or an error by itself. */
export function documentSchema(command: JsonCommand): v.GenericSchema {
  const version = say(
    v.literal(jsonVersions[command]),
    'version of this form; fields may be added within one version',
  );
  const asked = say(v.literal(command), 'the command that printed it');
  const because = v.nullable(say(error, 'why it is not the result that was asked for; null where it is'));
  const whole = results[command].map((result: v.ObjectSchema<v.ObjectEntries, undefined>) =>
    v.object({ ...result.entries, version, command: asked, error: because }),
  );
  const none = v.object({ version, command: asked, error: say(error, 'why there is no result') });
  return v.union([...whole, none]);
}
