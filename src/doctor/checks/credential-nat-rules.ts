import { printable } from '../../kit/printable.ts';
import { check } from '../check.ts';
import { fail, found, passed, skip } from '../finding.ts';

/** ecs-init/exec/iptables: tasks ask 169.254.170.2:80, the agent answers at 51679. */
const address = '169.254.170.2';
const agentPort = '51679';
const chains = ['PREROUTING', 'OUTPUT'] as const;

export const credentialNatRulesCheck = check({
  name: 'credential-nat-rules',
  title: `NAT rules by which tasks get their IAM roles (${address})`,
  findings: {
    'nat-rules-missing': fail(
      'Tasks reach the agent’s credential endpoint by these rules only: without them every task of this instance loses ' +
        'its IAM role as soon as its credentials expire. `docker stop` of the agent, or stopping its unit, removes them.',
      '`systemctl restart --no-block {unit}`: ecs-init makes them anew. Tasks go on running.',
    ),
    'nat-rules-unread': skip(
      'The rules of the kernel can be read by root, with iptables.',
      'As root: `iptables -t nat -S`, where iptables is installed.',
    ),
    'nat-rules-not-needed': skip(
      'The rules are made by ecs-init, which does not run this agent.',
      'If tasks have IAM roles here, the rules are yours to make.',
    ),
  },
  needs: ['observation'],
  run: async (host, signal) => {
    const { supervisor, container, unit } = (await host.observation()).agent;
    const byEcsInit = supervisor === 'ecs-init' || (supervisor === 'none' && unit?.loaded === true);
    if (!byEcsInit || container?.running !== true) {
      return found('nat-rules-not-needed', 'no agent runs under ecs-init');
    }
    const result = await host.run('iptables', ['-w', '1', '-t', 'nat', '-S'], signal);
    if (result.outcome === 'missing') return found('nat-rules-unread', 'there is no iptables on this host');
    if (result.exitCode !== 0) {
      const [why = ''] = result.stderr.trim().split('\n');
      return found('nat-rules-unread', `iptables failed: ${printable(why, 120)}`);
    }
    const rules = result.stdout.split('\n');
    const missing = chains.filter(
      (chain) =>
        !rules.some(
          (rule) =>
            rule.startsWith(`-A ${chain} `) && rule.includes(`${address}/32`) && rule.includes(agentPort),
        ),
    );
    if (missing.length === 0)
      return passed(`${address}:80 leads to port ${agentPort} (${chains.join(', ')})`);
    return found('nat-rules-missing', `no rule for ${address} in ${missing.join(' and ')}`);
  },
});
