import { type Fault, setPort, showCertificate } from './scene.ts';

export const portAndTlsFaults: readonly Fault[] = [
  {
    name: 'nothing listens at the endpoint',
    produce: (scene) => setPort(scene, 'refused', scene.host.lab.topology.privateAddresses.ecs),
    cause: 'endpoint-ecs',
    code: 'endpoint-tcp-refused',
    advice: /endpoint is `available`/,
  },
  {
    name: 'one zone of an endpoint is closed',
    produce: (scene) => setPort(scene, 'blackhole', ['10.0.2.10']),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-partly-reachable',
    advice: /authorize-security-group-ingress/,
  },
  {
    name: 'something accepts and speaks no TLS',
    produce: (scene) => setPort(scene, 'mute', scene.host.lab.topology.privateAddresses['ecs-agent']),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-failed',
    advice: /ends or filters TLS/,
  },
  {
    name: 'the certificate is for another name',
    produce: (scene) => showCertificate(scene, 'other-name'),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-name',
    advice: /private hosted zone, the hosts file/,
  },
  {
    name: 'the certificate has expired',
    produce: (scene) => showCertificate(scene, 'expired'),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-expired',
    advice: /timedatectl/,
  },
  {
    name: 'a TLS-opening proxy: the authority is not trusted',
    produce: (scene) => showCertificate(scene, 'untrusted'),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tls-untrusted',
    advice: /ca-file/,
  },
];
