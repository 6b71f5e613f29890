import { AwsFailureError } from '../fleet/ask-aws.ts';
import { arnParts } from '../fleet/cluster-arn.ts';
import { cloudFormationOf } from '../plan/cloudformation.ts';
import { describePlan } from '../plan/describe-plan.ts';
import { createPlanClients, look } from '../plan/look.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { purposes } from '../plan/requirement.ts';
import { commandsOf } from '../plan/step-commands.ts';
import { lackingPermissions, planText, unseenText, verdictText } from '../plan/table.ts';
import { terraformOf } from '../plan/terraform.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { usageError, usageErrors } from '../settings/usage-error.ts';
import { awsCommandError } from './aws-failure.ts';
import type { CommandFlags } from './commands.ts';
import { printResult } from './envelope.ts';
import { reportFailure } from './failure.ts';
import type { Output } from './output.ts';
import { profileProblems } from './profile-problems.ts';

export interface PlanParts {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
}

type PlanFlags = CommandFlags<'plan'>;

/**
 * `plan`: 0 when nothing is missing, as far as can be seen; 1 when something is; 77 when the endpoints may not be listed.
 * What it throws is told here: its bundle has error classes of its own.
 */
export async function plan(parts: PlanParts, flags: PlanFlags, signal: AbortSignal): Promise<ExitCode> {
  const { output } = parts;
  const progress = showProgress(output);
  try {
    const target = checkFlags(flags);
    const unknown = await profileProblems(flags.profile === undefined ? [] : [flags.profile]);
    if (unknown.length > 0) throw usageErrors(unknown);
    const clients = createPlanClients(target, parts.env);
    const facts = await look(clients, { vpcId: flags.vpc, cluster: flags.cluster }, progress.show, signal);
    progress.end();
    return print(makePlan(facts, flags.only ?? purposes), flags, output);
  } catch (thrown) {
    progress.end();
    const failed = thrown instanceof AwsFailureError ? awsCommandError(thrown.failure) : thrown;
    return reportFailure(failed, { command: 'plan', json: flags.json }, output, signal);
  }
}

/** @throws ConfigError (exit code 64) */
function checkFlags({ vpc, cluster, region, profile, json, terraform, cloudformation }: PlanFlags) {
  const arnRegion = arnParts(cluster ?? '').region || undefined;
  const forms = [json && '--json', terraform && '--terraform', cloudformation && '--cloudformation'].filter(
    Boolean,
  );
  if (vpc === undefined && cluster === undefined)
    throw usageError('--vpc', 'plan needs a VPC or a cluster.', 'Give --vpc ID or --cluster NAME, or both.');
  if (forms.length > 1)
    throw usageError(String(forms[1]), `${forms.join(' and ')} are given.`, 'Give one of them.');
  if (region !== undefined && arnRegion !== undefined && region !== arnRegion)
    throw usageError(
      '--region',
      `--region is ${region}, and the cluster's ARN says ${arnRegion}.`,
      'Leave --region out.',
    );
  return { region: region ?? arnRegion, profile };
}

function print(made: Plan, { json, terraform, cloudformation }: PlanFlags, output: Output): ExitCode {
  if (json) printResult(output, 'plan', describePlan(made));
  else if (terraform || cloudformation) printCode(made, terraform, output);
  else output.out(planText(made));
  const permissions = lackingPermissions(made);
  if (permissions.length > 0) output.err(`Not allowed, and so not seen: ${permissions.join(', ')}.\n`);
  return exitCodeOf(made);
}

/** Code alone on standard output, so that it can go to a file; what there is to know of it beside it. */
function printCode(made: Plan, terraform: boolean, output: Output): void {
  output.err(`${[verdictText(made), ...unseenText(made)].join('\n')}\n`);
  const code = terraform ? terraformOf(made) : cloudFormationOf(made);
  if (code !== undefined) output.out(code);
  else if (made.steps.length === 0) output.err('There is nothing to create.\n');
  else {
    const lines = made.steps.flatMap((step) => commandsOf(step, made.facts));
    output.err(`CloudFormation can do none of this to what is there already:\n${lines.join('\n')}\n`);
  }
}

function exitCodeOf({ verdict, facts }: Plan): ExitCode {
  if (verdict === 'missing') return exitCodes.notDone.code;
  const { endpoints } = facts;
  return endpoints.kind === 'unseen' && endpoints.permission !== undefined
    ? exitCodes.noPermission.code
    : exitCodes.done.code;
}

/** One line that is written over, where a person looks on. */
function showProgress(output: Output) {
  return {
    show: (done: string) => {
      if (output.isTerminal) output.err(`\r\u001b[Klooking: ${done}`);
    },
    end: () => {
      if (output.isTerminal) output.err('\r\u001b[K');
    },
  };
}
