import type { ContainerDns } from './next-resolver.ts';

/** What of the agent's container decides how the next one will look names up and whom it will trust. */
export interface NextAgent {
  readonly dns: ContainerDns;
  readonly trust: TrustSettings;
  /** The root directory of the container that runs, as a path here; undefined where it cannot be seen. */
  readonly root: string | undefined;
}

/** Variables of the agent's that replace what Go would look for; undefined where they are not set. */
export interface TrustSettings {
  /** `SSL_CERT_FILE` */
  readonly file?: string | undefined;
  /** `SSL_CERT_DIR`: directories, separated by colons. */
  readonly directories?: string | undefined;
}
