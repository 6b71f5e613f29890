import type { Settings } from '../settings/settings.ts';

/** The limits that decisions keep to: the settings, but for what is resolved for this host. */
export interface Policy extends Settings {
  /** This host's own delay within the fleet's splay, in milliseconds (see splay.ts). */
  readonly splayDelayMs: number;
}
