import { describe, expect, it } from 'vitest';
import { type ContainerFacts, type TaskFacts, taskNeeds } from '../../../src/plan/task-needs.ts';

const ecr = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const noExec = { users: [], ownKey: false, logsToCloudWatch: false, logsToS3: false };

function needsOf(container: Partial<ContainerFacts>, more: Partial<TaskFacts> = {}) {
  return taskNeeds(
    {
      definitions: [
        {
          name: 'web:12',
          containers: [
            {
              name: 'app',
              image: `${ecr}/web:1`,
              logDriver: undefined,
              logOptions: {},
              secrets: [],
              repositoryCredentials: undefined,
              environmentFiles: [],
              ...container,
            },
          ],
        },
      ],
      exec: noExec,
      subnetIds: [],
      ...more,
    },
    'us-east-1',
  );
}

const services = (container: Partial<ContainerFacts>) =>
  needsOf(container).needs.map(({ service }) => service);
const outside = (container: Partial<ContainerFacts>) => needsOf(container).outside.map(({ what }) => what);
const image = 'local-only';

describe('what a container’s definition needs', () => {
  it.each([
    [`${ecr}/web:1`, ['ecr.api', 'ecr.dkr', 's3'], []],
    [`${ecr}/web@sha256:${'0'.repeat(64)}`, ['ecr.api', 'ecr.dkr', 's3'], []],
    ['111122223333.dkr-ecr.us-east-1.on.aws/web', ['ecr.api', 'ecr.dkr', 's3'], []],
    ['111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/web', ['ecr.api', 'ecr.dkr', 's3'], []],
    ['111122223333.dkr.ecr.eu-west-1.amazonaws.com/web', [], ['ECR in eu-west-1']],
    ['public.ecr.aws/docker/library/nginx:1', [], ['registry public.ecr.aws']],
    ['nginx', [], ['registry docker.io']],
    ['library/nginx:1.27', [], ['registry docker.io']],
    ['registry.example:5000/app', [], ['registry registry.example:5000']],
    ['localhost/app', [], ['registry localhost']],
    // What only looks like ECR.
    [`${ecr}.example.com/web`, [], [`registry ${ecr}.example.com`]],
  ])('image %s', (text, wanted, elsewhere) => {
    expect(services({ image: text })).toEqual(wanted);
    expect(outside({ image: text })).toEqual(elsewhere);
  });

  it.each([
    ['awslogs', {}, ['logs'], []],
    ['awslogs', { 'awslogs-region': 'us-east-1' }, ['logs'], []],
    ['awslogs', { 'awslogs-region': 'eu-west-1' }, [], ['logs in eu-west-1']],
    ['json-file', {}, [], []],
    ['none', {}, [], []],
    ['splunk', {}, [], ['log driver splunk']],
    ['awsfirelens', {}, [], ['log driver awsfirelens']],
    ['awsfirelens', { Name: 'cloudwatch_logs', region: 'us-east-1' }, ['logs'], []],
    ['awsfirelens', { Name: 'Firehose' }, ['kinesis-firehose'], []],
    ['awsfirelens', { Name: 's3', region: 'eu-west-1' }, [], ['s3 in eu-west-1']],
    ['awsfirelens', { Name: 'constructor' }, [], ['log driver awsfirelens']],
  ])('log driver %s %j', (logDriver, logOptions, wanted, elsewhere) => {
    const told = { image, logDriver, logOptions };
    expect(services(told)).toEqual(wanted);
    expect(outside(told).filter((what) => what !== 'registry docker.io')).toEqual(elsewhere);
  });

  it.each([
    ['arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf:password::', ['secretsmanager'], []],
    ['arn:aws:ssm:us-east-1:111122223333:parameter/key', ['ssm'], []],
    ['/prod/key', ['ssm'], []],
    ['arn:aws:ssm:eu-west-1:111122223333:parameter/key', [], ['ssm in eu-west-1']],
  ])('secret %s', (from, wanted, elsewhere) => {
    expect(services({ image, secrets: [from] })).toEqual(wanted);
    expect(outside({ image, secrets: [from] }).filter((what) => what !== 'registry docker.io')).toEqual(
      elsewhere,
    );
  });

  it('takes the registry’s password and environment files into account', () => {
    const told = {
      image,
      repositoryCredentials: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:hub',
      environmentFiles: ['arn:aws:s3:::mine/app.env'],
    };
    expect(services(told)).toEqual(['secretsmanager', 's3']);
  });

  it('needs for ECS Exec what the cluster has it use', () => {
    const users = ['service web'];
    const used = (more: object) =>
      needsOf({ image }, { exec: { ...noExec, users, ...more } }).needs.map(({ service }) => service);
    expect(used({})).toEqual(['ssmmessages']);
    expect(used({ ownKey: true, logsToCloudWatch: true, logsToS3: true })).toEqual([
      'ssmmessages',
      'kms',
      'logs',
      's3',
    ]);
    expect(needsOf({ image }, { exec: { ...noExec, ownKey: true } }).needs).toEqual([]);
  });

  it('tells once what several definitions need, with each of them', () => {
    const facts = (name: string) => ({
      name,
      containers: [
        {
          name: 'app',
          image: 'nginx',
          logDriver: 'awslogs',
          logOptions: {},
          secrets: [],
          repositoryCredentials: undefined,
          environmentFiles: [],
        },
      ],
    });
    const told = taskNeeds(
      {
        definitions: [facts('a:1'), facts('b:2')],
        exec: noExec,
        subnetIds: ['subnet-b', 'subnet-a', 'subnet-b'],
      },
      'us-east-1',
    );
    expect(told.needs).toEqual([
      { service: 'logs', because: ['a:1: log driver awslogs', 'b:2: log driver awslogs'] },
    ]);
    expect(told.outside).toMatchObject([
      { what: 'registry docker.io', because: ['a:1: image nginx', 'b:2: image nginx'] },
    ]);
    expect(told.subnetIds).toEqual(['subnet-a', 'subnet-b']);
  });
});
