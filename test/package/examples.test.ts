import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endpointServices } from '../../src/settings/endpoint-services.ts';
import { inCheckout } from '../lab/checkout.ts';
import { runCommand } from '../lab/hosts/machine/command.ts';

// The files that operators copy, checked by the tools that will read them. What no Debian package has (terraform, cfn-lint)
// is used where it is installed; what is compared below is compared everywhere.

const read = (path: string) => readFileSync(inCheckout(path), 'utf8');
const terraform = inCheckout('examples/terraform/endpoints');
const templates = ['examples/cloudformation/endpoints.yaml', 'docs/monitoring/cloudwatch-alarms.yaml'];

const ansibleHome = mkdtempSync(join(tmpdir(), 'ansible-'));
afterAll(() => rmSync(ansibleHome, { recursive: true, force: true }));

async function expectClean(argv: [string, ...string[]]): Promise<void> {
  const { code, stdout, stderr } = await runCommand(argv, {
    timeout: 110_000,
    // What Ansible keeps in the home directory stays in that of the test.
    env: { ...process.env, NO_COLOR: '1', ANSIBLE_HOME: ansibleHome, XDG_CACHE_HOME: ansibleHome },
  });
  expect(code, stdout + stderr).toBe(0);
}

async function has(program: string): Promise<boolean> {
  const { code } = await runCommand([
    'sh',
    '-c',
    'command -v "$0" >/dev/null && "$0" --version >/dev/null 2>&1',
    program,
  ]);
  if (code !== 0) console.log(`${program} is not installed: its files are compared only`);
  return code === 0;
}

/** The services of the endpoints that a file creates, in the order in which it is made sure that they are created. */
function createdInOrder(text: string, resource: RegExp, dependsOn: RegExp): string[] {
  const [, ...parts] = text.split(resource);
  const services = new Map<string, { service: string; after: number }>();
  for (const part of parts) {
    const service = /(?:ServiceName|service_name)\s*[:=].*\.([a-z-]+)"?$/m.exec(part)?.[1] ?? 'none';
    const after = (dependsOn.exec(part)?.[1] ?? '').split(',').filter(Boolean).length;
    services.set(service, { service, after });
  }
  return [...services.values()].sort((a, b) => a.after - b.after).map(({ service }) => service);
}

describe('the endpoints', () => {
  it.each([
    [
      'Terraform',
      'examples/terraform/endpoints/main.tf',
      /^resource "aws_vpc_endpoint" .*$/m,
      /depends_on = \[(.*)\]/,
    ],
    [
      'CloudFormation',
      'examples/cloudformation/endpoints.yaml',
      /^ {2}Endpoint\w+:\n {4}Type: AWS::EC2::VPCEndpoint$/m,
      /DependsOn: \[(.*)\]/,
    ],
  ])(
    'by %s: those that the daemon waits for, in the order that AWS recommends',
    (_, path, resource, dependsOn) => {
      const text = read(path);
      expect(createdInOrder(text, resource, dependsOn)).toEqual(['ecs-agent', 'ecs-telemetry', 'ecs']);
      expect([...endpointServices].sort()).toEqual(['ecs', 'ecs-agent', 'ecs-telemetry']);
      expect(text.match(/(?:PrivateDnsEnabled: true|private_dns_enabled\s+= true)/g)).toHaveLength(3);
      expect(text).toMatch(/(?:FromPort: 443|from_port\s+= 443)/);
    },
  );

  it('every variable of the module is used, and every one that is used is declared', () => {
    const files = readdirSync(terraform).filter((name) => name.endsWith('.tf'));
    const text = files.map((name) => readFileSync(join(terraform, name), 'utf8')).join('\n');
    const declared = [...text.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name);
    const used = [...text.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(declared));
  });

  it('the module is formatted, which takes that it can be parsed', async () => {
    if (await has('terraform')) await expectClean(['terraform', 'fmt', '-check', '-diff', terraform]);
    // Each block that is opened is closed.
    for (const name of readdirSync(terraform)) {
      const text = readFileSync(join(terraform, name), 'utf8').replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
      expect(text.split('{').length, name).toBe(text.split('}').length);
    }
  });
});

describe.each(templates)('%s', (path) => {
  it('is a template whose references exist', async () => {
    const text = read(path);
    const sections = new Map(text.split(/^(?=\w+:)/m).map((part) => [/^\w+/.exec(part)?.[0], part]));
    const names = (section: string) =>
      [...(sections.get(section) ?? '').matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name);
    const known = new Set([...names('Parameters'), ...names('Resources')]);
    const used = [
      ...text.matchAll(/!(?:Ref|GetAtt) (\w+)(?=$|[.\],}\s])/gm),
      ...text.matchAll(/\$\{(\w+)\}/g),
    ];
    const missing = used.map(([, name]) => name).filter((name) => name !== 'AWS' && !known.has(name));
    expect(missing).toEqual([]);
    expect(names('Resources').length).toBeGreaterThan(3);
    if (await has('cfn-lint')) await expectClean(['cfn-lint', inCheckout(path)]);
  });
});

describe('the Ansible role', () => {
  const directory = inCheckout('examples/ansible');

  it('can be parsed, with its playbook', async () => {
    await expectClean([
      'sh',
      '-c',
      'cd "$0"; ansible-playbook --syntax-check -i localhost, playbook.yml',
      directory,
    ]);
  });

  it('offends none of the rules of ansible-lint', async () => {
    await expectClean(['sh', '-c', 'cd "$0"; ansible-lint --nocolor --offline playbook.yml', directory]);
  });
});

describe('the task definition', () => {
  const task = JSON.parse(read('docs/install/ecs-daemon-service.json'));
  const [container] = task.containerDefinitions;

  it('gives the capability of the unit and its time to stop, and nothing more to write to', () => {
    const unit = read('systemd/ecs-privatelinkd.service');
    expect(unit).toContain(
      `\nCapabilityBoundingSet=CAP_${container.linuxParameters.capabilities.add.join(' ')}\n`,
    );
    expect(unit).toContain(`\nTimeoutStopSec=${container.stopTimeout}s\n`);
    expect(unit).toContain(`\nMemoryMax=${container.memory}M\n`);
    expect(unit).toContain('\nLimitCORE=0\n');
    expect(container).toMatchObject({
      readonlyRootFilesystem: true,
      dockerSecurityOptions: ['no-new-privileges'],
      ulimits: [{ name: 'core', softLimit: 0, hardLimit: 0 }],
    });
    const writable = container.mountPoints
      .filter(({ readOnly }: { readOnly: boolean }) => !readOnly)
      .map(({ containerPath }: { containerPath: string }) => containerPath);
    expect(writable).toEqual(['/var/lib/ecs-privatelinkd', '/run/ecs-privatelinkd']);
  });

  it('names the version that is built', () => {
    const { version } = JSON.parse(read('package.json'));
    expect(container.image).toMatch(new RegExp(`:${version}$`));
  });
});

it('every file that the documents name is there', () => {
  const named = [
    ...read('docs/install.md').matchAll(/\]\(((?:\.\.\/)?(?:install|examples|scripts)\/[^)#]+)\)/g),
  ];
  expect(named.length).toBeGreaterThan(5);
  for (const [, path = ''] of named) expect(existsSync(inCheckout(`docs/${path}`)), path).toBe(true);
});
