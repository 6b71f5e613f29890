import {
  type AwsAccounts,
  admitted,
  jsonRefusals,
  type NodeState,
  pageOf,
  type RegionState,
  regionOf,
  tokenAfter,
} from './account.ts';
import { type AwsCall, AwsFault, type AwsService, type JsonCall } from './aws-api.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** AWS does not document the rate of GetInventory: assumed. */
const inventoryReads = { burst: 20, perSecond: 10 };
/** Of all outputs of ListCommandInvocations (API reference, CommandPlugin, Output). */
const longestOutput = 2_500;
const largestPage = 50;

interface Command {
  readonly nodes: readonly NodeState[];
  readonly sent: object;
  polls: number;
}

/** Systems Manager: inventory, managed nodes, Run Command and documents. */
export function ssmService(accounts: AwsAccounts, nowMs: () => number): AwsService {
  const commands = new Map<string, Command>();
  const buckets = new Map<string, TokenBucket>();
  const region = (call: AwsCall) => regionOf(admitted(accounts, call, jsonRefusals), call);
  return {
    admit: (call) => {
      region(call);
      if (call.action !== 'GetInventory') return;
      const key = `${call.accessKeyId} ${call.region}`;
      const bucket =
        buckets.get(key) ?? createTokenBucket(inventoryReads.burst, inventoryReads.perSecond, nowMs);
      buckets.set(key, bucket);
      if (!bucket.take()) throw new AwsFault('ThrottlingException', 'Rate exceeded');
    },
    json: {
      GetInventory: (call) => getInventory(region(call), call),
      DescribeInstanceInformation: (call) => describeInstanceInformation(region(call), call),
      SendCommand: (call) => sendCommand(region(call), call, commands),
      ListCommandInvocations: (call) => listCommandInvocations(call, commands),
      CreateDocument: (call) => createDocument(region(call), call),
      ListAssociations: () => ({ Associations: [] }),
      CreateAssociation: ({ input }) => ({
        AssociationDescription: { Name: input['Name'], AssociationName: input['AssociationName'] },
      }),
    },
  };
}

function getInventory(state: RegionState, call: JsonCall): object {
  const { input } = call;
  const attributes = input['ResultAttributes'];
  if (Array.isArray(attributes) && attributes.length !== 1) {
    throw new AwsFault('ValidationException', 'Member must have length less than or equal to 1');
  }
  const typeName = Array.isArray(attributes) ? attributes[0].TypeName : 'AWS:InstanceInformation';
  // Every node comes back, whether it has the type or not; and each that had one within 30 days.
  const ids = [...new Set([...state.nodes, ...state.inventory].map(({ id }) => id))];
  const page = pageOf(ids, { token: input['NextToken'], size: input['MaxResults'] }, largestPage);
  const entries = new Map<string, RegionState['inventory']>();
  for (const entry of state.inventory) entries.set(entry.id, [...(entries.get(entry.id) ?? []), entry]);
  return {
    Entities: page.items.map((id) => {
      const entry = entries.get(id)?.find((one) => one.typeName === typeName);
      return {
        Id: id,
        Data:
          entry === undefined
            ? {}
            : {
                [typeName]: {
                  TypeName: typeName,
                  SchemaVersion: '1.0',
                  CaptureTime: entry.captureTime,
                  ContentHash: 'c1f2',
                  Content: entry.content,
                },
              },
      };
    }),
    NextToken: tokenAfter(page, state, call),
  };
}

function describeInstanceInformation(state: RegionState, { input }: JsonCall): object {
  const filters = input['Filters'];
  const ids = Array.isArray(filters)
    ? filters.find(({ Key: key }) => key === 'InstanceIds')?.Values
    : undefined;
  if (Array.isArray(ids) && ids.length > 100) {
    throw new AwsFault('InvalidInstanceInformationFilterValue', 'at most 100 values');
  }
  const wanted = new Set(Array.isArray(ids) ? ids : state.nodes.map(({ id }) => id));
  const nodes = state.nodes.filter(({ id }) => wanted.has(id));
  const page = pageOf(nodes, { token: input['NextToken'], size: input['MaxResults'] }, largestPage);
  return {
    InstanceInformationList: page.items.map(({ id, pingStatus }) => ({
      InstanceId: id,
      PingStatus: pingStatus,
      AgentVersion: '3.3.4121.0',
      PlatformType: 'Linux',
      PlatformName: 'Amazon Linux',
      ResourceType: 'EC2Instance',
    })),
    NextToken: page.nextToken,
  };
}

function sendCommand(state: RegionState, { input }: JsonCall, commands: Map<string, Command>): object {
  const name = String(input['DocumentName']);
  if (!state.documents.has(name) && !name.startsWith('AWS-')) {
    throw new AwsFault('InvalidDocument', `Document with name ${name} does not exist.`);
  }
  const { InstanceIds: ids = [], Targets: targets = [] } = input as {
    InstanceIds?: string[];
    Targets?: { Key: string; Values: string[] }[];
  };
  if (ids.length > 50 || targets.some(({ Values: values }) => values.length > 50)) {
    throw new AwsFault('ValidationException', 'Member must have length less than or equal to 50');
  }
  if (ids.some((id) => !state.nodes.some((node) => node.id === id))) {
    throw new AwsFault('InvalidInstanceId', 'Instances [[]] not in a valid state for account');
  }
  const wanted = new Set([...ids, ...targets.flatMap(({ Values: values }) => values)]);
  const byTag = targets.some(({ Key: key }) => key.startsWith('tag:'));
  const nodes = state.nodes.filter(
    ({ id, pingStatus }) => pingStatus === 'Online' && (byTag || wanted.has(id)),
  );
  const id = `0f1e2d3c-0000-4000-8000-${String(commands.size).padStart(12, '0')}`;
  const sent = { CommandId: id, DocumentName: name, Status: 'Pending', TargetCount: nodes.length };
  commands.set(id, { nodes, sent, polls: 0 });
  return { Command: sent };
}

function listCommandInvocations({ input }: JsonCall, commands: Map<string, Command>): object {
  const id = String(input['CommandId']);
  const command = commands.get(id);
  if (command === undefined) throw new AwsFault('InvalidCommandId', '');
  if (input['NextToken'] === undefined) command.polls += 1;
  const page = pageOf(command.nodes, { token: input['NextToken'], size: input['MaxResults'] }, largestPage);
  const ended = command.polls > 1;
  return {
    CommandInvocations: page.items.map((node) => ({
      CommandId: id,
      InstanceId: node.id,
      Status: !ended ? 'InProgress' : node.printed === undefined ? 'Failed' : 'Success',
      CommandPlugins: [{ Name: 'check', Output: ended ? outputOf(node) : '' }],
    })),
    NextToken: page.nextToken,
  };
}

function outputOf({ printed }: NodeState): string {
  const text =
    printed ??
    '\n----------ERROR-------\nsh: line 1: ecs-privatelinkd: command not found\nfailed to run commands: exit status 127';
  return text.length <= longestOutput ? text : `${text.slice(0, longestOutput - 20)}---Output truncated---`;
}

function createDocument(state: RegionState, { input }: JsonCall): object {
  const name = String(input['Name']);
  if (state.documents.has(name)) {
    throw new AwsFault('DocumentAlreadyExists', `Document with same name ${name} already exists`);
  }
  state.documents.add(name);
  return {
    DocumentDescription: {
      Name: name,
      DocumentType: input['DocumentType'],
      Status: 'Creating',
      SchemaVersion: '2.2',
    },
  };
}
