import { Readable } from 'node:stream';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SSMClient } from '@aws-sdk/client-ssm';
import { AwsFailureError } from '../../src/fleet/ask-aws.ts';
import { readContainerInstances } from '../../src/fleet/container-instances.ts';
import type { FleetReading } from '../../src/fleet/fleet-reading.ts';
import { reportJson, reportLines } from '../../src/fleet/fleet-report.ts';
import { readInventory } from '../../src/fleet/inventory.ts';
import { readManagedNodes } from '../../src/fleet/managed-nodes.ts';
import { fleetVerdict } from '../../src/fleet/verdict.ts';
import { cloudFormationOf } from '../../src/plan/cloudformation.ts';
import { describePlan } from '../../src/plan/describe-plan.ts';
import { judgePolicy } from '../../src/plan/endpoint-policy.ts';
import { look } from '../../src/plan/look.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { commandsOf } from '../../src/plan/step-commands.ts';
import { planText, unseenText } from '../../src/plan/table.ts';
import { terraformOf } from '../../src/plan/terraform.ts';
import { ConfigError } from '../../src/settings/config-error.ts';
import type { Target } from './target.ts';

const signal = new AbortController().signal;
const progress = () => {};
const nowMs = Date.UTC(2026, 10, 27, 4, 5, 6);

/** What the SDK's clients are made with, so that every call is answered with the text. */
function answering(answerOf: () => string, contentType: string) {
  return {
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 's', accountId: '111122223333' },
    maxAttempts: 1,
    requestHandler: {
      handle: () =>
        Promise.resolve({
          response: {
            statusCode: 200,
            headers: { 'content-type': contentType },
            body: Readable.from([Buffer.from(answerOf())]),
          },
        }),
    },
  };
}

let json = '';
let xml = '';
const ofJson = answering(() => json, 'application/x-amz-json-1.1');
const ofXml = answering(() => xml, 'text/xml');
const ecs = new ECSClient(ofJson);
const ssm = new SSMClient(ofJson);
const ec2 = new EC2Client(ofXml);
const route53 = new Route53Client(ofXml);

const isDeclared = (thrown: unknown) => thrown instanceof AwsFailureError || thrown instanceof ConfigError;

const arn = 'arn:aws:ecs:us-east-1:111122223333:container-instance/prod/1';
const record = {
  Phase: 'blocked',
  Reason: 'endpoint-tcp-timeout',
  SeenAt: '2026-11-27T04:04:06Z',
  Message: 'm',
  Advice: 'a',
  InstanceId: 'i-0e0e0e0e',
};

/** All that `fleet` asks of ECS and Systems Manager, in one answer. */
const fleetAnswer = JSON.stringify({
  clusterArns: ['arn:aws:ecs:us-east-1:111122223333:cluster/prod'],
  containerInstanceArns: [arn],
  containerInstances: [
    {
      containerInstanceArn: arn,
      ec2InstanceId: 'i-0e0e0e0e',
      status: 'ACTIVE',
      agentConnected: true,
      versionInfo: { agentVersion: '1.105.1' },
      attributes: [
        { name: 'ecs.vpc-id', value: 'vpc-0e0e0e0e' },
        { name: 'ecs.subnet-id', value: 'subnet-0e0e0e0e' },
      ],
    },
  ],
  failures: [{ arn: 'x', reason: 'MISSING' }],
  Entities: [
    { Id: 'i-0e0e0e0e', Data: { 'Custom:EcsPrivateLink': { TypeName: 'T', Content: [record] } } },
    { Id: 'i-1', Data: { 'Custom:EcsPrivateLink': { Content: [{ ...record, InstanceId: '' }] } } },
  ],
  InstanceInformationList: [{ InstanceId: 'i-1', PingStatus: 'Online' }],
});

/** All that `plan` asks of ECS, in one answer. */
const tasksAnswer = JSON.stringify({
  clusterArns: ['prod'],
  containerInstanceArns: [arn],
  containerInstances: JSON.parse(fleetAnswer).containerInstances,
  serviceArns: ['s'],
  services: [{ serviceName: 'web', taskDefinition: 'web:1', enableExecuteCommand: true, status: 'ACTIVE' }],
  taskArns: ['t'],
  tasks: [
    { taskDefinitionArn: 'web:1', attachments: [{ details: [{ name: 'subnetId', value: 'subnet-1' }] }] },
  ],
  clusters: [{ configuration: { executeCommandConfiguration: { kmsKeyId: 'k', logging: 'DEFAULT' } } }],
  taskDefinition: {
    containerDefinitions: [
      {
        name: 'app',
        image: '111122223333.dkr.ecr.us-east-1.amazonaws.com/web:1',
        logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-region': 'us-east-1' } },
        secrets: [{ name: 'a', valueFrom: 'arn:aws:secretsmanager:eu-west-1:1:secret:db' }],
        environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::b/k' }],
      },
    ],
  },
});

/** All that `plan` asks of EC2 and Route 53, in one answer. */
const vpcAnswer = `<R><vpcSet><item><vpcId>vpc-0e0e0e0e</vpcId><ownerId>111122223333</ownerId><dhcpOptionsId>dopt-1</dhcpOptionsId></item></vpcSet>
<enableDnsSupport><value>true</value></enableDnsSupport><enableDnsHostnames><value>false</value></enableDnsHostnames>
<dhcpOptionsSet><item><dhcpConfigurationSet><item><key>domain-name-servers</key><valueSet><item><value>10.0.0.2</value></item></valueSet></item></dhcpConfigurationSet></item></dhcpOptionsSet>
<subnetSet><item><subnetId>subnet-0e0e0e0e</subnetId><availabilityZone>us-east-1a</availabilityZone><cidrBlock>10.0.1.0/24</cidrBlock><availableIpAddressCount>2</availableIpAddressCount></item></subnetSet>
<vpcEndpointSet><item><vpcEndpointId>vpce-0e</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType><serviceName>com.amazonaws.us-east-1.ecs</serviceName><state>available</state><privateDnsEnabled>false</privateDnsEnabled><subnetIdSet><item>subnet-0a</item></subnetIdSet><groupSet><item><groupId>sg-1</groupId></item></groupSet><policyDocument>{"Statement":{"Effect":"Deny","Action":"*"}}</policyDocument></item></vpcEndpointSet>
<securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><ipRanges><item><cidrIp>10.9.0.0/16</cidrIp></item></ipRanges><groups><item><groupId>sg-2</groupId></item></groups></item></ipPermissions></item></securityGroupInfo>
<routeTableSet><item><routeTableId>rtb-1</routeTableId><associationSet><item><main>true</main></item></associationSet><routeSet><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId></item></routeSet></item></routeTableSet>
<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><state>available</state></item></natGatewaySet>
<serviceDetailSet><item><serviceName>com.amazonaws.us-east-1.ecs-agent</serviceName><serviceType><item><serviceType>Interface</serviceType></item></serviceType><availabilityZoneSet><item>us-east-1a</item></availabilityZoneSet></item></serviceDetailSet>
<reservationSet><item><instancesSet><item><instanceId>i-0e0e0e0e</instanceId><vpcId>vpc-0e0e0e0e</vpcId><groupSet><item><groupId>sg-2</groupId></item></groupSet></item></instancesSet></item></reservationSet>
<HostedZoneSummaries><HostedZoneSummary><Name>x.internal.</Name></HostedZoneSummary></HostedZoneSummaries></R>`;

async function fleetOf(text: string): Promise<unknown> {
  json = text;
  const clusters = { told: { clusters: [], instances: [], notFound: [] } };
  const reading: FleetReading = {
    target: 'us-east-1',
    region: 'us-east-1',
    account: '111122223333',
    ecs: await readContainerInstances(ecs, ['prod'], progress, signal).catch(() => clusters),
    inventory: await readInventory(ssm, progress, signal),
    asked: undefined,
    nodes: await readManagedNodes(ssm, ['i-1'], signal),
    trail: { told: { newest: new Map(), eventsRead: 0, readBackToMs: 0, complete: true } },
    figures: { told: [] },
  };
  const verdict = fleetVerdict([reading], { nowMs, clusters: undefined });
  return [
    reportLines(verdict, [reading], { width: 80, nowMs }),
    reportJson(verdict, [reading], { nowMs, onlyNotDone: false }),
  ];
}

/** What goes into a shell: words of ids, blocks, names and our own; nothing that a shell would take for more. */
const command =
  /^aws ec2 [a-z-]+(?: (?:--[a-z-]+|[\w.*-]+|'TCP 443 to interface endpoints'|'\{"Value":true\}'|'IpProtocol=tcp,FromPort=443,ToPort=443,Ip(?:v6)?Ranges=\[\{CidrI(?:p|pv6)=[0-9a-f.:/]+\}\]'))+$/;

async function planOf(text: { readonly json?: string; readonly xml?: string }): Promise<unknown> {
  json = text.json ?? tasksAnswer;
  xml = text.xml ?? vpcAnswer;
  const plan = makePlan(
    await look({ ec2, ecs, route53 }, { vpcId: 'vpc-0e0e0e0e', cluster: 'prod' }, progress, signal),
  );
  for (const step of plan.steps) {
    if (step.kind === 'by-hand') continue;
    for (const line of commandsOf(step, plan.facts)) {
      if (!command.test(line)) throw new Error(`prints ${JSON.stringify(line)}`);
    }
  }
  const texts = [planText(plan), terraformOf(plan), cloudFormationOf(plan) ?? ''];
  return [texts.flatMap((one) => one.split('\n')), unseenText(plan), describePlan(plan)];
}

/** What AWS answers the operator's commands, by way of the SDK. */
export const awsTargets: Readonly<Record<string, Target>> = {
  'fleet answers': { costs: 10, seeds: [fleetAnswer], parse: fleetOf, shownAtMost: 400_000 },
  'plan answers of ECS': {
    costs: 20,
    seeds: [tasksAnswer],
    parse: (text) => planOf({ json: text }),
    declared: isDeclared,
    shownAtMost: 400_000,
  },
  'plan answers of EC2': {
    costs: 20,
    seeds: [vpcAnswer],
    parse: (text) => planOf({ xml: text }),
    declared: isDeclared,
    shownAtMost: 400_000,
  },
  'endpoint policy': {
    seeds: [
      '{"Statement":[{"Effect":"Allow","Action":["ecs:*","*"],"Resource":"*","Principal":{"AWS":"*"}},{"Effect":"Deny","NotAction":"ecs:P?ll","Resource":["arn:*"],"Condition":{}}]}',
    ],
    parse: (text) =>
      judgePolicy(text, [
        { action: 'ecs:Poll', resource: '*' },
        { action: 's3:GetObject', resource: 'arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*' },
      ]),
  },
};
