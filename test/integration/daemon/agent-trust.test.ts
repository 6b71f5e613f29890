import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemBundles } from '../../../src/endpoints/trust-source.ts';
import type { Lab } from '../../lab/hosts/lab.ts';
import { instanceRole as role } from '../../lab/stand-ins/imds/instance.ts';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from './stage.ts';

// Endpoints with certificates of the lab's own authority, as behind a firewall that opens TLS.

const bundle = systemBundles.find((path) => existsSync(path)) ?? '';
/** Of the image, in the container. */
const imageBundle = systemBundles[0];

/** A copy of what this machine trusts: a bundle without the lab's authority. */
const strangers = ({ directory }: Lab) => join(directory, 'strangers.pem');

/** This host, in whose mount namespace the test runs, trusts the lab's authority from now on. */
function trustedByHost(lab: Lab): void {
  copyFileSync(bundle, strangers(lab));
  const path = join(lab.directory, 'host-bundle.pem');
  writeFileSync(path, `${readFileSync(bundle, 'latin1')}\n${lab.authority.pem}`);
  execFileSync('mount', ['--bind', path, bundle]);
}

describeOnEngine("the agent's trust", (newHost) => {
  it('an authority that the agent’s bundle lacks: not restarted, and how to add it is said', async () => {
    const host = await newHost({
      settings: { 'ca-file': '' },
      agentBinds: (lab) => [`${strangers(lab)}:${imageBundle}:ro`],
      before: (lab) => Promise.resolve(trustedByHost(lab)),
    });
    try {
      const daemon = host.startDaemon();
      await createEndpoints(host);
      await daemon.until(({ phase }) => phase === 'blocked');
      const status = await expectNoRestart(host, daemon);
      expect(status.reason.code).toBe('endpoint-tls-untrusted');
      expect(status.reason.message).toContain(`${imageBundle} of the agent's container`);
      expect(status.reason.advice).toContain('SSL_CERT_FILE=');
      expect(status.judgedBy?.trust.of).toBe('agent');
      // Nor does what is asked with the agent's trust get through by the host's.
      host.lab.imds.change({ role });
      const { stdout } = await host.command(['check', '--ecs', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        reason: { code: 'endpoint-tls-untrusted' },
        preflight: { outcome: 'unanswered', found: expect.stringMatching(/UNABLE_TO_|SELF_SIGNED_/) },
      });
    } finally {
      execFileSync('umount', [bundle]);
    }
  });

  it('an authority that only the agent trusts, by SSL_CERT_FILE: restarted once', async () => {
    const host = await newHost({
      settings: { 'ca-file': '' },
      agentBinds: (lab) => [`${lab.caFile}:/etc/ecs/ca.pem:ro`],
      agentEnvironment: { SSL_CERT_FILE: '/etc/ecs/ca.pem' },
    });
    host.lab.imds.change({ role });
    const daemon = host.startDaemon();
    await createEndpoints(host);
    const status = await expectSettled(host, daemon);
    // This host trusts it as little as Node.js does, and ECS was heard all the same.
    expect(await daemon.event('preflight-answered')).toMatchObject({
      outcome: 'told',
      acsHost: host.lab.hosts['ecs-agent'],
    });
    expect(status.judgedBy?.trust).toEqual({
      source: "SSL_CERT_FILE=/etc/ecs/ca.pem of the agent's container",
      of: 'agent',
    });
  });
});
