/** What a yes asks of each host, in milliseconds. */
export const fleetLimits = {
  /** Inventory takes a record every 30 minutes at the most, and one that is late or lost is no news. */
  freshMs: 90 * 60_000,
  /** TCS may hold a public connection for up to 35 minutes after ACS has moved. */
  noPublicMs: 45 * 60_000,
  /** A host's clock may be ahead of this machine's by so much. */
  clockMs: 5 * 60_000,
  /**
   * An agent keeps what DiscoverPollEndpoint told for 12 hours, with up to half an hour more (aws/amazon-ecs-agent,
   * ecs-agent/api/ecs/client/ecs_client.go): each that is connected has asked within this time.
   */
  trailMs: 13 * 3_600_000,
} as const;
