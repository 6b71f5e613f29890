import type { Step } from '../../../src/plan/step.ts';
import { type Ec2State, fullAccess, theVpc } from '../../lab/stand-ins/aws/ec2-state.ts';
import { awsEnvironment, type Run, run } from './stage.ts';

const newGroup = 'sg-0a1b2c3d4e5f60718';

/**
 * Carries the commands of a plan out, one after the other, with the AWS CLI of Debian's package `awscli`. GROUP_ID is the
 * group that one of them has created.
 */
export async function carryOut(url: string, plan: Pick<Run, 'stdout'>): Promise<string[]> {
  const commands = commandsIn(plan.stdout);
  let groupId = '';
  for (const command of commands) {
    // Debian 12's knows no AWS_ENDPOINT_URL.
    const directed = command
      .replace(/^aws /, `aws --endpoint-url ${url} --output json `)
      .replaceAll('GROUP_ID', groupId);
    const { code, stdout, stderr } = await run('bash', ['-c', directed], {
      ...awsEnvironment(url),
      AWS_PAGER: '',
      HOME: '/tmp',
    });
    if (code !== 0) throw new Error(`${command}: ${code}\n${stderr}`);
    if (command.includes(' create-security-group ')) groupId = JSON.parse(stdout).GroupId;
  }
  return commands;
}

/** Those of the text, of comments in code, and of `ByHand`. */
export function commandsIn(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => /\baws ec2 (?:create|modify|authorize)-.*$/.exec(line)?.[0] ?? []);
}

/** The same at once, for what is not about the commands: the steps of `--json`, each of a kind that creates something. */
export function create(state: Ec2State, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.kind === 'new-group') {
      state.groups.push({ id: newGroup, vpcId: theVpc, cidrs: [...step.cidrs], groupIds: [] });
      continue;
    }
    state.endpoints.push({
      id: `vpce-${(state.endpoints.length + 1).toString(16).padStart(17, '0')}`,
      vpcId: theVpc,
      state: 'available',
      policy: fullAccess,
      ...own(step),
    });
  }
}

function own(step: Step) {
  if (step.kind === 'interface-endpoint') {
    const { serviceName, subnetIds } = step;
    const groupIds = [newGroup];
    return {
      serviceName,
      type: 'Interface' as const,
      privateDns: true,
      subnetIds: [...subnetIds],
      groupIds,
      routeTableIds: [],
    };
  }
  if (step.kind !== 'gateway-endpoint') throw new Error(`nothing is to be changed here: ${step.kind}`);
  const { serviceName, routeTableIds } = step;
  return {
    serviceName,
    type: 'Gateway' as const,
    privateDns: false,
    subnetIds: [],
    groupIds: [],
    routeTableIds: [...routeTableIds],
  };
}
