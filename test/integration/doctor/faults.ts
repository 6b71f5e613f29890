import { dnsFaults } from './faults/dns.ts';
import { dockerFaults } from './faults/docker.ts';
import { imdsFaults } from './faults/imds.ts';
import { portAndTlsFaults } from './faults/port-and-tls.ts';
import { seedFaults } from './faults/seed.ts';
import { supervisionFaults } from './faults/supervision.ts';

/** All of them, each on a host that is healthy otherwise. */
export const faults = [
  ...seedFaults,
  ...dnsFaults,
  ...portAndTlsFaults,
  ...imdsFaults,
  ...dockerFaults,
  ...supervisionFaults,
];
