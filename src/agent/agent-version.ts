/** First version that can use PrivateLink for its control connections. */
export const MINIMUM_PRIVATELINK_VERSION = '1.25.1';

/** First version whose state file survives a SIGKILL (amazon-ecs-agent #2609, #2618). */
export const MINIMUM_SIGKILL_SAFE_VERSION = '1.44.4';
