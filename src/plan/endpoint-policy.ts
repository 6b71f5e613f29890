import * as v from 'valibot';

/** One call that an endpoint must let through. */
export interface PolicyCall {
  /** e.g. `ecs:Poll` */
  readonly action: string;
  /** An ARN, or `*`: on whatever the caller has there. */
  readonly resource: string;
}

export interface PolicyVerdict {
  /** Calls that no statement allows. */
  readonly notAllowed: readonly PolicyCall[];
  /** Calls that a statement forbids: allowing them beside it changes nothing. */
  readonly denied: readonly PolicyCall[];
  /** Calls that depend on who calls, on what, or on a condition. */
  readonly unclear: readonly PolicyCall[];
}

const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((told) => (typeof told === 'string' ? [told] : told)),
);

const statementSchema = v.object({
  Effect: v.picklist(['Allow', 'Deny']),
  Principal: v.optional(v.unknown()),
  NotPrincipal: v.optional(v.unknown()),
  Action: v.optional(oneOrMore),
  NotAction: v.optional(oneOrMore),
  Resource: v.optional(oneOrMore),
  NotResource: v.optional(oneOrMore),
  Condition: v.optional(v.unknown()),
});

type Statement = v.InferOutput<typeof statementSchema>;

const policySchema = v.object({
  Statement: v.pipe(
    v.union([statementSchema, v.array(statementSchema)]),
    v.transform((told) => (Array.isArray(told) ? told : [told])),
  ),
});

/**
 * What an endpoint's policy says to calls, as IAM evaluates it: a Deny that applies wins, else an Allow is needed.
 * Undefined where the document cannot be read.
 */
export function judgePolicy(document: string, calls: readonly PolicyCall[]): PolicyVerdict | undefined {
  let statements: readonly Statement[];
  try {
    statements = v.parse(policySchema, JSON.parse(document)).Statement;
  } catch {
    return undefined;
  }
  const judged = calls.map((call) => ({ call, verdict: judgeCall(statements, call) }));
  const those = (wanted: string) => judged.flatMap(({ call, verdict }) => (verdict === wanted ? [call] : []));
  return { notAllowed: those('not-allowed'), denied: those('denied'), unclear: those('unclear') };
}

function judgeCall(statements: readonly Statement[], call: PolicyCall) {
  const applies = (effect: Statement['Effect']) =>
    statements.filter(({ Effect }) => Effect === effect).map((statement) => appliesTo(statement, call));
  const denies = applies('Deny');
  const allows = applies('Allow');
  if (denies.includes('yes')) return 'denied';
  if (!allows.includes('yes')) return allows.includes('maybe') ? 'unclear' : 'not-allowed';
  return denies.includes('maybe') ? 'unclear' : 'allowed';
}

type Applies = 'yes' | 'no' | 'maybe';

function appliesTo(statement: Statement, { action, resource }: PolicyCall): Applies {
  const { Action, NotAction, Resource, NotResource } = statement;
  const named = Action?.some((pattern) => matches(pattern, action, true));
  const excepted = NotAction?.some((pattern) => matches(pattern, action, true));
  if (named === false || excepted === true) return 'no';
  const resources = resourceApplies(Resource, NotResource, resource);
  if (resources === 'no') return 'no';
  const everybody = isEverybody(statement.Principal) && statement.NotPrincipal === undefined;
  return resources === 'yes' && everybody && statement.Condition === undefined ? 'yes' : 'maybe';
}

function resourceApplies(
  allowed: readonly string[] | undefined,
  excepted: readonly string[] | undefined,
  resource: string,
): Applies {
  if (excepted !== undefined) return 'maybe';
  if (allowed === undefined || allowed.includes('*')) return 'yes';
  if (resource === '*') return 'maybe';
  if (allowed.some((pattern) => matches(pattern, resource, false))) return 'yes';
  return 'no';
}

function isEverybody(principal: unknown): boolean {
  if (principal === undefined || principal === '*') return true;
  if (typeof principal !== 'object' || principal === null || !('AWS' in principal)) return false;
  return principal.AWS === '*' || (Array.isArray(principal.AWS) && principal.AWS.includes('*'));
}

/** `*` is any text, `?` any character; actions have no case. Without a pattern's backtracking, since others write it. */
function matches(pattern: string, text: string, anyCase: boolean): boolean {
  const [wanted, given] = anyCase ? [pattern.toLowerCase(), text.toLowerCase()] : [pattern, text];
  let [at, star, resume] = [0, -1, 0];
  let index = 0;
  while (index < given.length) {
    if (wanted[at] === '*') {
      [star, resume] = [at++, index];
    } else if (wanted[at] === '?' || wanted[at] === given[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
}
