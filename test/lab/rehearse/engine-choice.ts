import * as v from 'valibot';
import { messageOf } from '../../../src/kit/problem.ts';
import { dockerAt } from '../hosts/docker-client.ts';
import { platformName } from '../stand-ins/embedded-engine/descriptions.ts';

/** A real Engine to use, or why there is none. */
export type EngineChoice =
  | { readonly socketPath: string; readonly version: string }
  | { readonly whyNot: string };

const versionSchema = v.object({
  Version: v.string(),
  Platform: v.optional(v.object({ Name: v.string() })),
  Components: v.optional(v.array(v.object({ Name: v.string() }))),
});

const answerWithinMs = 3_000;

/** Looks for a local Docker Engine: the socket in DOCKER_HOST, or the usual one. */
export async function findDockerEngine(env: NodeJS.ProcessEnv, uid: number): Promise<EngineChoice> {
  if (uid !== 0) {
    return { whyNot: "not root, so a container's network cannot be entered" };
  }
  const host = env['DOCKER_HOST'] || 'unix:///var/run/docker.sock';
  if (!host.startsWith('unix://')) {
    return { whyNot: `DOCKER_HOST=${host} is not a socket of this machine` };
  }
  const socketPath = host.slice('unix://'.length);
  try {
    const docker = dockerAt(socketPath, answerWithinMs);
    const version = v.parse(versionSchema, await docker.version());
    const isEngine = version.Components?.some(({ Name }) => Name === 'Engine') ?? true;
    if (!isEngine || version.Platform?.Name === platformName) {
      return { whyNot: `what answers at ${socketPath} is not Docker` };
    }
    return { socketPath, version: version.Version };
  } catch (error) {
    return { whyNot: `no Docker Engine answers at ${socketPath} (${messageOf(error)})` };
  }
}
