import { engineAtRest, engineBadAnswer, engineFailure, engineTimeout } from '../../agent/engine-problem.ts';
import type { Problem } from '../../kit/problem.ts';
import { isVersionAtLeast } from '../../kit/versions.ts';
import type { Check } from '../check.ts';
import { isProblem } from '../doctor-host.ts';
import { type Findings, found, foundProblem, passed, problemFinding } from '../finding.ts';

const blind = 'The agent’s container can be neither seen nor restarted.';
const socket = '/var/run/docker.sock';
const oldest = '1.24';

function failure(code: string): Problem {
  return engineFailure('GET /version', socket, Object.assign(new Error(code), { code })).problem;
}

const findings = {
  'engine-missing': problemFinding('fail', blind, failure('ENOENT')),
  'engine-refused': problemFinding('fail', blind, failure('ECONNREFUSED')),
  'engine-no-permission': problemFinding('fail', blind, failure('EACCES')),
  'engine-timeout': problemFinding('fail', blind, engineTimeout('GET /version', 2_500).problem),
  'engine-bad-answer': problemFinding(
    'fail',
    blind,
    engineBadAnswer('GET /version', socket, 'a page').problem,
  ),
  'engine-error': problemFinding('fail', blind, failure('ECONNRESET')),
  'engine-at-rest': problemFinding('fail', blind, engineAtRest(socket, 'inactive')),
  'engine-too-old': {
    status: 'warn',
    meaning: 'Engines before API 1.24 (Docker 1.12) are not supported; what they answer is not known.',
    advice: 'Update Docker, or the AMI.',
  },
} satisfies Findings;

export const dockerEngineCheck = {
  name: 'docker-engine',
  title: 'The Docker Engine: socket, permission, version',
  findings,
  needs: [],
  run: async (host) => {
    const answer = await host.engine();
    if (isProblem(answer)) return foundProblem(findings, answer);
    const { Version: version, ApiVersion: api } = answer;
    const seen = `Docker ${version} (API ${api}) at ${host.settings.dockerHost}`;
    return isVersionAtLeast(api, oldest) === false ? found(findings, 'engine-too-old', seen) : passed(seen);
  },
} satisfies Check;
