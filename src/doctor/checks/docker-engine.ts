import { engineAtRest, engineBadAnswer, engineFailure, engineTimeout } from '../../agent/engine-problem.ts';
import type { Problem } from '../../kit/problem.ts';
import { isVersionAtLeast } from '../../kit/versions.ts';
import { check } from '../check.ts';
import { isProblem } from '../doctor-host.ts';
import { fail, found, foundProblem, passed, warn } from '../finding.ts';

const blind = 'The agent’s container can be neither seen nor restarted.';
const socket = '/var/run/docker.sock';
const oldest = '1.24';

function failure(code: string): Problem {
  return engineFailure('GET /version', socket, Object.assign(new Error(code), { code })).problem;
}

export const dockerEngineCheck = check({
  name: 'docker-engine',
  title: 'The Docker Engine: socket, permission, version',
  findings: {
    'engine-missing': fail(blind, failure('ENOENT')),
    'engine-refused': fail(blind, failure('ECONNREFUSED')),
    'engine-no-permission': fail(blind, failure('EACCES')),
    'engine-timeout': fail(blind, engineTimeout('GET /version', 2_500).problem),
    'engine-bad-answer': fail(blind, engineBadAnswer('GET /version', socket, 'a page').problem),
    'engine-error': fail(blind, failure('ECONNRESET')),
    'engine-at-rest': fail(blind, engineAtRest(socket, 'inactive')),
    'engine-too-old': warn(
      'Engines before API 1.24 (Docker 1.12) are not supported; what they answer is not known.',
      'Update Docker, or the AMI.',
    ),
  },
  needs: [],
  run: async (host) => {
    const answer = await host.engine();
    if (isProblem(answer)) return foundProblem(answer);
    const { Version: version, ApiVersion: api } = answer;
    const seen = `Docker ${version} (API ${api}) at ${host.settings.dockerHost}`;
    return isVersionAtLeast(api, oldest) === false ? found('engine-too-old', seen) : passed(seen);
  },
});
