/** Longest time for one reading, in milliseconds; looking up and trying 443 are two, one after the other. */
export const readingMs = 3_000;
export const endpointsMs = 5_000;

/** Milliseconds. Shorter than the daemon's own time-outs where these are longer: somebody is waiting. */
export const longest = {
  imds: 800,
  dns: 1_000,
  dnsBudget: 2_400,
  connect: 2_000,
  docker: 2_500,
  systemctl: 2_000,
} as const;
