import { createCertificateAuthority } from '../../stand-ins/certificate-authority.ts';
import { hostsOf } from '../../stand-ins/ecs-service/hosts.ts';
import type { AddressMode } from '../../stand-ins/ecs-service/service-address.ts';
import type { Lab } from '../lab.ts';

/** Something that keeps the agent from the private path, until it is switched off. */
export interface LabFault {
  /** What it stands for, as an operator would call it. */
  readonly meaning: string;
  on(): Promise<void> | void;
  off(): Promise<void> | void;
}

/** The faults of `scripts/lab.sh fault`, by name. */
export function labFaults(lab: Lab): Readonly<Record<string, LabFault>> {
  const endpoints = lab.service.addresses('private');
  const setModes = async (mode: AddressMode) => {
    for (const address of endpoints) await address.setMode(mode);
  };
  const setCertificates = async (authority: Lab['authority']) => {
    for (const address of endpoints) {
      address.setCertificate(await authority.issue({ names: hostsOf(address.group, lab.place) }));
    }
  };
  let customDns: Promise<unknown> | undefined;
  return {
    'security-group': {
      meaning: "the endpoints' security group lets nobody in on TCP 443",
      on: () => setModes('blackhole'),
      off: () => setModes('open'),
    },
    'endpoint-policy': {
      meaning: 'the policy of the ecs-agent endpoint lacks ecs:Poll',
      on: () => lab.service.refuse('ecs:Poll'),
      off: () => lab.service.allow('ecs:Poll'),
    },
    certificate: {
      meaning: 'port 443 shows certificates of a CA that nobody trusts, as TLS inspection does',
      on: async () => setCertificates(await createCertificateAuthority()),
      off: () => setCertificates(lab.authority),
    },
    'custom-dns': {
      meaning: 'the host asks a DNS server of its own, which does not forward to the VPC resolver',
      on: async () => {
        customDns ??= lab.startCustomDns();
        await customDns;
        await lab.files.setNameservers([lab.topology.customResolver]);
      },
      off: () => lab.files.setNameservers([lab.topology.vpcResolver]),
    },
    imds: {
      meaning: 'the instance metadata service answers 503',
      on: () => lab.imds.addFault({ kind: 'status', status: 503 }),
      off: () => lab.imds.clearFaults(),
    },
    deregistered: {
      meaning: 'somebody deregistered the container instance',
      on: () => lab.service.deregister(),
      off: () => lab.service.reactivate(),
    },
  };
}
