import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namespaceTopology } from '../../lab/hosts/topology.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from './stage.ts';

// The agent looks names up by other files than its host: what counts is what its next container will have.

const { customResolver, vpcResolver, publicAddresses } = namespaceTopology;

/** A daemon.json. */
async function settingsFile(settings: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const path = join(await makeTemporaryDirectory('settings'), 'daemon.json');
  writeFileSync(path, JSON.stringify(settings));
  return path;
}

const publicOnly = await settingsFile({ dns: [customResolver], 'dns-opts': ['timeout:1'] });

describeOnEngine(
  'dns of dockerd that answers publicly',
  (newHost) => {
    it('does not restart the agent for what only the host sees, and says why', async () => {
      const host = await newHost({ before: async (lab) => void (await lab.startCustomDns()) });
      const daemon = host.startDaemon();
      await createEndpoints(host);
      const status = await expectNoRestart(host, daemon, 8);
      expect(status).toMatchObject({ phase: 'waiting', reason: { code: 'names-not-private' } });
      expect(status.reason.message).toContain('dns of dockerd');
      const { stdout } = await host.command(['check', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        onPrivateLink: false,
        judgedBy: {
          resolver: {
            source: expect.stringContaining('dns of dockerd'),
            nameservers: [customResolver],
            doubt: null,
            running: null,
            unknown: null,
          },
          hosts: { source: "the host's file" },
          trust: { of: 'setting' },
          apiHost: { host: 'ecs.us-east-1.amazonaws.com' },
        },
      });
    });

    it('does not restart it where daemon.json tells otherwise than what dockerd was started with', async () => {
      const host = await newHost({ before: async (lab) => void (await lab.startCustomDns()) });
      writeFileSync(publicOnly, '{}');
      const daemon = host.startDaemon();
      await createEndpoints(host);
      await daemon.until(({ phase }) => phase === 'blocked');
      const status = await expectNoRestart(host, daemon);
      expect(status.reason.code).toBe('agent-resolver-unknown');
      expect(status.reason.message).toContain(`(${customResolver}; here ${vpcResolver})`);
      expect(status.reason.message).toContain(`${publicOnly} was changed after dockerd started`);
    });
  },
  ['--config-file', publicOnly],
);

describeOnEngine(
  'dns of dockerd that answers privately',
  (newHost) => {
    it('restarts the agent once, although the host sees public addresses', async () => {
      const host = await newHost({
        before: async (lab) => {
          await lab.startCustomDns();
          await lab.files.setNameservers([customResolver]);
        },
      });
      const daemon = host.startDaemon();
      await createEndpoints(host);
      await expectSettled(host, daemon);
      const { stdout, exitCode } = await host.command(['check', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        onPrivateLink: true,
        judgedBy: { resolver: { nameservers: [vpcResolver] } },
      });
      expect(exitCode).toBe(0);
    });
  },
  ['--dns', vpcResolver, '--dns-opt', 'timeout:1'],
);

const rotating = await settingsFile({
  dns: [vpcResolver, customResolver],
  'dns-opts': ['timeout:1', 'rotate'],
});
const searching = await settingsFile({
  'dns-search': ['corp.example'],
  'dns-opts': ['timeout:1', 'ndots:5'],
});

describe.each([
  ['rotate', rotating, 'dns-mixed-answers'],
  ['a search domain with a wildcard, and ndots', searching, 'dns-search-domain'],
] as const)('in daemon.json', (what, file, code) => {
  describeOnEngine(
    what,
    (newHost) => {
      it('does not restart the agent, and names dockerd’s settings as what to change', async () => {
        const host = await newHost({
          before: async (lab) => {
            await lab.startCustomDns();
            await lab.dns.setRecord(`${lab.hosts['ecs-agent']}.corp.example`, ['203.0.113.80']);
          },
        });
        const daemon = host.startDaemon();
        await createEndpoints(host);
        await daemon.until(({ reason }) => reason.code === code);
        const { phase, reason, judgedBy } = await expectNoRestart(host, daemon, 8);
        expect(phase).toBe('waiting');
        expect(judgedBy?.resolver.source).toContain('of dockerd');
        expect(reason.advice).toContain('daemon.json');
        expect(reason.advice).toContain('systemctl restart docker');
      });
    },
    ['--config-file', file],
  );
});

describeOnEngine('settings of the agent’s container', (newHost) => {
  describe('that lead to public addresses', () => {
    it.each([
      ['--dns', { Dns: [customResolver], DnsOptions: ['timeout:1'] }, "--dns of the agent's container"],
      [
        '--add-host',
        {
          ExtraHosts: ['ecs', 'ecs-a', 'ecs-t'].map(
            (one, index) =>
              `${one}.us-east-1.amazonaws.com:${
                publicAddresses[(['ecs', 'ecs-agent', 'ecs-telemetry'] as const)[index] ?? 'ecs'][0]
              }`,
          ),
        },
        undefined,
      ],
    ])('%s: not restarted', async (_, agentHostConfig, source) => {
      const host = await newHost({
        agentHostConfig,
        before: async (lab) => void (await lab.startCustomDns()),
      });
      const daemon = host.startDaemon();
      await createEndpoints(host);
      const status = await expectNoRestart(host, daemon, 8);
      expect(status.phase).toBe('waiting');
      if (source === undefined) expect(status.judgedBy?.hosts.source).toContain('--add-host');
      else expect(status.reason.message).toContain(source);
    });
  });
});
