import Dockerode from 'dockerode';

/**
 * A client of the Engine at a local socket. docker-modem lets a DOCKER_HOST of the environment that is no socket win
 * over `socketPath`: naming host and protocol undoes that.
 * @param timeoutMs longest silence of the Engine
 */
export function dockerAt(socketPath: string, timeoutMs?: number): Dockerode {
  return new Dockerode({ socketPath, host: undefined, protocol: 'http', timeout: timeoutMs });
}
