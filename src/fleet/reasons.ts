/** What `fleet` itself says of a host, beside the reasons of the daemon (docs/events.md). Codes are never renamed. */
export const fleetReasons = {
  'agent-not-connected': 'ECS says that the agent is not connected, in two looks',
  'not-registered': 'Systems Manager knows the host, and it is in no cluster: its agent has not registered',
  'registered-twice': 'ECS has several container instances of this one EC2 instance',
  'told-public-path': 'CloudTrail: the agent asked ECS over the internet, and so was told the public path',
  'public-connection-recent':
    'no public connection on 443 has been seen for too short a time: since the last one, or since its daemon looks',
  'no-record': 'it is a managed node that is online, and has left no record',
  'not-managed': 'no record: it is no managed node of Systems Manager',
  'external-instance': 'no record: it is outside of AWS (ECS Anywhere)',
  'managed-by-aws': 'no record: nothing can be installed on ECS Managed Instances',
  'ssm-offline': 'no record: its SSM agent is not connected',
  'record-stale': 'its record is too old',
  'record-unusable': 'its record is cut off, of another form or of another host',
  'record-of-the-future': 'its record is from the future: its clock, or that of this machine, is wrong',
  'other-registration': 'its record is of an earlier registration of the agent',
  'public-not-told': 'its record does not say since when no public connection has been seen',
  'no-witness': 'no witness told its record: the permission or the error is named',
} as const;

export type FleetReasonCode = keyof typeof fleetReasons;
