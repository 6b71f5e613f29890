/** Every command, in the order of help. */
export const commandNames = [
  'run',
  'check',
  'doctor',
  'explain',
  'restart',
  'status',
  'fleet',
  'plan',
  'config',
  'version',
  'help',
] as const;

export type CommandName = (typeof commandNames)[number];
