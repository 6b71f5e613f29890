import {
  type CommandInvocation,
  paginateListCommandInvocations,
  SendCommandCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { type Answer, answered, askAws, eachPage, inParallel } from './ask-aws.ts';
import type { FoundRecord } from './fleet-reading.ts';
import { chunksOf } from './managed-nodes.ts';
import { readRecordText } from './record-reader.ts';

/** docs/install/ssm-check-document.yaml, by the name under which docs/fleet.md has it created. */
export const checkDocument = 'ecs-privatelinkd-check';

/** SendCommand takes at most so many instances, ListCommandInvocations gives as many at once (API reference). */
const page = 50;
const commandsAtOnce = 4;
/** How long hosts have to begin, in seconds: 30 is the least (SendCommand, TimeoutSeconds). */
const deliverySeconds = 60;
const pollMs = 2_000;
/** Until a command is given up: it is delivered, it runs for 30 s at the most (the document's timeoutSeconds). */
const patienceMs = (deliverySeconds + 60) * 1000;

export interface Waiting {
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Has the hosts print their records now. Rate-controlled: 50 hosts of a command at once, four commands at once. Hosts that
 * Systems Manager does not reach have no record in the answer.
 */
export async function askHosts(
  ssm: SSMClient,
  instanceIds: readonly string[],
  { progress, nowMs, sleep }: Waiting & { readonly progress: (asked: number) => void },
  signal: AbortSignal,
): Promise<Answer<readonly FoundRecord[]>> {
  const found: FoundRecord[] = [];
  return await answered(found, () =>
    inParallel(chunksOf(instanceIds, page), commandsAtOnce, async (ids) => {
      found.push(...(await runOn(ssm, ids, { nowMs, sleep }, signal)));
      progress(found.length);
    }),
  );
}

async function runOn(
  ssm: SSMClient,
  ids: readonly string[],
  { nowMs, sleep }: Waiting,
  signal: AbortSignal,
): Promise<FoundRecord[]> {
  const sent = await askAws('ssm:SendCommand', signal, () =>
    ssm.send(
      new SendCommandCommand({
        DocumentName: checkDocument,
        // Not InstanceIds: one that is no managed node would refuse the whole call.
        Targets: [{ Key: 'InstanceIds', Values: [...ids] }],
        TimeoutSeconds: deliverySeconds,
        MaxConcurrency: String(page),
        // It only reads: one host that fails is no reason not to ask the others.
        MaxErrors: '100%',
        Comment: 'ecs-privatelinkd fleet',
      }),
      { abortSignal: signal },
    ),
  );
  const id = sent.Command?.CommandId;
  if (id === undefined) return [];
  const beganMs = nowMs();
  for (;;) {
    await sleep(pollMs, signal);
    const invocations = await listInvocations(ssm, id, signal);
    const running = invocations.some(({ Status: status }) => !ended.has(status ?? ''));
    // None at once: they are made after the command is.
    const begun = invocations.length > 0 || nowMs() - beganMs > 3 * pollMs;
    if ((begun && !running) || nowMs() - beganMs > patienceMs) return invocations.flatMap(recordOf);
  }
}

const ended: ReadonlySet<string> = new Set(['Success', 'Cancelled', 'Failed', 'TimedOut']);

async function listInvocations(
  ssm: SSMClient,
  commandId: string,
  signal: AbortSignal,
): Promise<CommandInvocation[]> {
  const all: CommandInvocation[] = [];
  const pages = paginateListCommandInvocations(
    { client: ssm, pageSize: page },
    { CommandId: commandId, Details: true },
    { abortSignal: signal },
  );
  await eachPage('ssm:ListCommandInvocations', signal, pages, ({ CommandInvocations: some = [] }) => {
    all.push(...some);
  });
  return all;
}

/** Whatever its exit code: what was printed counts. Nothing printed: it was not reached, or has no such program. */
function recordOf({ InstanceId: instanceId, CommandPlugins: plugins }: CommandInvocation): FoundRecord[] {
  const output = (plugins ?? []).map(({ Output: text }) => text ?? '').join('\n');
  if (instanceId === undefined || output.trim() === '') return [];
  return [{ instanceId, by: 'run-command', reading: readRecordText(output) }];
}
