import { connect } from 'node:net';
import type { EndpointName } from '../../endpoints/endpoint-names.ts';
import type { InstanceFacts } from '../../instance/instance-observation.ts';
import { check } from '../check.ts';
import type { DoctorHost } from '../doctor-host.ts';
import { found, passed, skip } from '../finding.ts';
import { classified, firstUsable } from './dns-answers.ts';

const connectMs = 1_000;
const unknownAccount = '000000000000';

/** Services that tasks in a private subnet usually need. S3 is reached through a gateway, which DNS does not show. */
function serviceHosts({ region, suffix }: InstanceFacts, account: string): readonly [string, string][] {
  return [
    ['ecr.api', `api.ecr.${region}.${suffix}`],
    ['ecr.dkr', `${account}.dkr.ecr.${region}.${suffix}`],
    ['s3', `s3.${region}.${suffix}`],
    ['logs', `logs.${region}.${suffix}`],
    ['secretsmanager', `secretsmanager.${region}.${suffix}`],
    ['ssm', `ssm.${region}.${suffix}`],
  ];
}

/** Never more than information: what tasks need is not known here. */
export const taskEndpointsCheck = check({
  name: 'task-endpoints',
  title: 'Other services that tasks in a private subnet usually need (information only)',
  findings: {
    'task-endpoints-unknown': skip(
      'What tasks need beside the control plane is looked up by names of the region.',
      'Fix the region and DNS first.',
    ),
  },
  needs: ['observation', 'nameservers'],
  run: async (host, signal) => {
    const { facts } = (await host.observation()).instance;
    const readings = await host.nameservers();
    const [nameserver] = readings;
    if (facts === undefined || nameserver === undefined) {
      return found('task-endpoints-unknown', 'the region is not known');
    }
    const services = serviceHosts(facts, await accountOf(host));
    const hosts = services.map(([, name]) => name);
    const reading = await host.ask(nameserver.nameserver, hosts, signal);
    const names = services.map(([, name]): EndpointName => ({ service: 'ecs', host: name, serviceName: '' }));
    const list = firstUsable(
      await classified({ names: async () => names, privateRule: host.privateRule }, [reading]),
    );
    const words = await Promise.all(
      services.map(async ([service], index) => {
        const classification = list[index];
        const address = classification?.addresses[0]?.address;
        if (classification === undefined || address === undefined)
          return `${service} ${classification?.class}`;
        const open = await answers443(address, signal);
        // A gateway leaves S3's addresses public: that they answer is all that can be seen of it.
        const way = service === 's3' && open ? 'answers' : classification.class;
        return `${service} ${way}${open ? '' : ' (443 closed)'}`;
      }),
    );
    return passed(words.join(', '));
  },
});

async function accountOf(host: DoctorHost): Promise<string> {
  const { registration } = (await host.observation()).agent;
  return (
    /^arn:[^:]*:ecs:[^:]*:(\d{12}):/.exec(registration.containerInstanceArn ?? '')?.[1] ?? unknownAccount
  );
}

async function answers443(address: string, signal: AbortSignal): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: address, port: 443, signal, timeout: connectMs });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
