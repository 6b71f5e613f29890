import type Dockerode from 'dockerode';

/** What a real and an embedded Engine of the lab have in common. */
export interface Engine {
  readonly kind: 'docker' | 'embedded';
  readonly socketPath: string;
  readonly docker: Dockerode;
  /** From here on the Engine accepts connections and answers nothing. Its containers go on. */
  pause(): void;
  /** Answers everything asked since `pause`. */
  resume(): void;
  /** Ends the Engine, and with it its containers, and starts it again; restart policies then apply. */
  restart(): Promise<void>;
  /** Ends the Engine and its containers and removes what they left. */
  close(): Promise<void>;
}
