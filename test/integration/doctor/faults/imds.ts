import { type Fault, imdsFault, relayImds } from './scene.ts';

export const imdsFaults: readonly Fault[] = [
  {
    name: 'IMDS is switched off',
    produce: ({ host: { lab }, undo }) => {
      undo(() => lab.imds.setMode('required'));
      lab.imds.setMode('off');
      return undefined;
    },
    cause: 'imds',
    code: 'imds-refused',
    advice: /modify-instance-metadata-options --instance-id INSTANCE_ID --http-endpoint enabled/,
  },
  {
    name: 'the hop limit is 1',
    produce: imdsFault({ kind: 'hang', on: 'token' }),
    cause: 'imds',
    code: 'imds-hop-limit',
    advice: /--http-put-response-hop-limit 2/,
  },
  {
    name: 'IMDS never answers',
    produce: imdsFault({ kind: 'hang' }),
    cause: 'imds',
    code: 'imds-timeout',
    advice: /firewall rule that drops packets/,
  },
  {
    name: 'IMDS cannot be reached',
    produce: async () => ({ 'imds-endpoint': 'http://127.0.0.1:9' }),
    cause: 'imds',
    code: 'imds-unreachable',
    advice: /AWS_EC2_METADATA_SERVICE_ENDPOINT/,
  },
  {
    name: 'IMDS throttles',
    produce: imdsFault({ kind: 'status', status: 503 }),
    cause: 'imds',
    code: 'imds-throttled',
    advice: /1,024 packets a second/,
  },
  {
    name: 'a captive portal answers for IMDS',
    produce: imdsFault({ kind: 'content', body: '<html>Please log in</html>' }),
    cause: 'imds',
    code: 'imds-bad-answer',
    advice: /captive portal/,
  },
  {
    name: 'IMDS is too slow',
    produce: imdsFault({ kind: 'slow', delayMs: 450 }),
    cause: 'imds',
    code: 'imds-slow',
    advice: /1,024 packets a second/,
  },
  {
    name: 'IMDS lists no address blocks',
    produce: ({ host: { lab }, undo }) => {
      undo(() => lab.imds.changeCidrs(['10.0.0.0/16'], ['2600:1f16:abc:de00::/56']));
      lab.imds.changeCidrs([], []);
      return undefined;
    },
    cause: 'vpc-cidrs',
    code: 'vpc-cidrs-unknown',
    advice: /ECS_PRIVATELINKD_PRIVATE_CIDRS=.*describe-vpcs --vpc-ids vpc-/,
  },
  {
    name: 'IMDS names somebody else’s domain',
    produce: ({ host: { lab }, undo }) => {
      undo(() => lab.imds.change({ suffix: 'amazonaws.com' }));
      lab.imds.change({ suffix: 'evil.example' });
      return undefined;
    },
    cause: 'region-and-suffix',
    code: 'imds-contradicts-region',
    advice: /ECS_PRIVATELINKD_SUFFIX/,
  },
  {
    name: 'Auto Scaling takes the instance away',
    produce: ({ host: { lab }, undo }) => {
      undo(() => lab.imds.change({ targetLifecycleState: undefined }));
      lab.imds.change({ targetLifecycleState: 'Terminated' });
      return undefined;
    },
    cause: 'instance-lifecycle',
    code: 'instance-terminating',
    advice: /its replacement starts on the private path/,
  },
  {
    name: 'a spot notice',
    produce: ({ host: { lab }, undo }) => {
      undo(() => lab.imds.change({ spotAction: undefined }));
      lab.imds.change({ spotAction: { action: 'terminate', time: '2030-01-01T00:00:00Z' } });
      return undefined;
    },
    cause: 'instance-lifecycle',
    code: 'instance-terminating',
    advice: /its replacement starts on the private path/,
  },
  {
    name: 'the clock is ten minutes behind',
    produce: (scene) => relayImds(scene, 600_000),
    cause: 'clock',
    code: 'clock-wrong',
    advice: /chronyc tracking.*169\.254\.169\.123/,
  },
  {
    name: 'the clock is a minute ahead',
    produce: (scene) => relayImds(scene, -60_000),
    cause: 'clock',
    code: 'clock-off',
    advice: /chronyc tracking/,
  },
];
