import type { ProblemCode } from '../../../../src/kit/problem.ts';
import type { Dialled, Hosts, Network } from './network.ts';
import { between, type Random } from './random.ts';

const minute = 60_000;
const discoveryLastsMs = 12 * 60 * minute;

/** How long a websocket that is refused is ESTABLISHED. */
const handshakeMs = 40;

/** What the agent's log says of a connection attempt. */
const saidOf = {
  connected: undefined,
  closed: 'agent-cannot-reach',
  refused: 'agent-refused',
  distrusted: 'agent-distrusts',
} as const satisfies Record<string, ProblemCode | undefined>;

/** A socket of the agent's. */
export interface Connection {
  readonly id: number;
  readonly to: 'private' | 'public';
  readonly state: 'established' | 'syn-sent';
  /** The endpoint's, for a private one. */
  readonly generation: number;
  readonly sinceMs: number;
  /** ESTABLISHED for the length of a handshake that is being refused. */
  readonly refused: boolean;
}

let sockets = 0;

/** One of the two websockets: dialled, held for half an hour, dialled again. */
export class Websocket {
  connection: Connection | undefined;
  dueMs = Number.POSITIVE_INFINITY;
  /** The last moment at which it was really connected to the endpoint; undefined when it never was. */
  private privateUntilMs: number | undefined;
  private readonly agent: AgentProcess;
  private readonly service: 'ecs-agent' | 'ecs-telemetry';

  constructor(agent: AgentProcess, service: 'ecs-agent' | 'ecs-telemetry') {
    this.agent = agent;
    this.service = service;
  }

  get isPrivate(): boolean {
    const { connection } = this;
    return connection?.to === 'private' && connection.state === 'established' && !connection.refused;
  }

  lastPrivateMs(nowMs: number): number | undefined {
    return this.isPrivate ? nowMs : this.privateUntilMs;
  }

  /** Closes it, for what reason ever; the agent tries again after `againInMs`. */
  close(nowMs: number, againInMs: number): void {
    if (this.isPrivate) this.privateUntilMs = nowMs;
    this.connection = undefined;
    this.dueMs = nowMs + againInMs;
  }

  step(nowMs: number): void {
    const { random } = this.agent;
    const { connection } = this;
    if (connection?.state === 'established' && !connection.refused) {
      // Half a second as a rule; once in a while the first dial after a close fails.
      this.close(nowMs, random() < 0.05 ? between(random, 1_000, 2 * minute) : between(random, 400, 600));
    } else if (connection !== undefined) {
      this.close(nowMs, between(random, 250, 2 * minute));
    } else {
      this.dial(nowMs);
    }
  }

  private dial(nowMs: number): void {
    const { agent } = this;
    const hosts = agent.hostsToDial(nowMs);
    if (hosts === undefined) {
      this.dueMs = nowMs + between(agent.random, 1_000, 2 * minute);
      return;
    }
    if (agent.network.deregistered && this.service === 'ecs-agent') {
      agent.saying = 'agent-deregistered';
      this.dueMs = nowMs + 60 * minute;
      return;
    }
    this.take(agent.network.dial(this.service, hosts, agent.random), nowMs);
  }

  private take(dialled: Dialled, nowMs: number): void {
    const { agent } = this;
    if (dialled.outcome === 'unresolved') {
      this.says('agent-cannot-reach');
      this.dueMs = nowMs + between(agent.random, 250, 2 * minute);
      return;
    }
    const { to, outcome, generation } = dialled;
    const refused = outcome === 'refused' || outcome === 'distrusted';
    sockets += 1;
    this.connection = {
      id: sockets,
      to,
      state: outcome === 'closed' ? 'syn-sent' : 'established',
      generation,
      sinceMs: nowMs,
      refused,
    };
    this.says(saidOf[outcome]);
    if (outcome === 'connected') this.dueMs = nowMs + between(agent.random, 25 * minute, 35 * minute);
    else if (outcome === 'closed') this.dueMs = nowMs + between(agent.random, 5_000, 30_000);
    else this.dueMs = nowMs + handshakeMs;
  }

  private says(code: ProblemCode | undefined): void {
    if (this.service === 'ecs-agent') this.agent.saying = code;
  }
}

/** What an agent has around it. */
export interface Surroundings {
  readonly network: Network;
  readonly random: Random;
  /** It holds no TCS connection. */
  readonly metricsDisabled: boolean;
  /** Each process ends soon by itself. */
  readonly crashLoops: boolean;
}

/** One process of the agent, from its start to its end. */
export class AgentProcess {
  readonly startedMs: number;
  readonly network: Network;
  readonly random: Random;
  readonly acs: Websocket;
  readonly tcs: Websocket;
  registeredMs: number | undefined;
  /** What its log says last of why it is not connected. */
  saying: ProblemCode | undefined;
  /** Host of the last websocket in its log. */
  told: Hosts | undefined;
  private toldMs = 0;
  private readonly metricsDisabled: boolean;
  private registerMs: number;
  private readonly givesUpMs: number;
  private exitMs = Number.POSITIVE_INFINITY;
  private exitCode = 0;

  constructor(nowMs: number, { network, random, metricsDisabled, crashLoops }: Surroundings) {
    this.startedMs = nowMs;
    this.network = network;
    this.random = random;
    this.metricsDisabled = metricsDisabled;
    this.acs = new Websocket(this, 'ecs-agent');
    this.tcs = new Websocket(this, 'ecs-telemetry');
    this.registerMs = nowMs + between(random, 300, 2_500);
    this.givesUpMs = nowMs + between(random, 95_000, 130_000);
    if (crashLoops) this.exitsAt(nowMs + between(random, 1_000, 12_000), 1);
    else if (random() < 0.03)
      this.exitsAt(nowMs + between(random, 500, 40 * minute), random() < 0.8 ? 1 : 137);
  }

  exitsAt(atMs: number, code: number): void {
    this.exitMs = atMs;
    this.exitCode = code;
  }

  get dueMs(): number {
    return Math.min(this.registerMs, this.exitMs, this.acs.dueMs, this.tcs.dueMs);
  }

  /** Does what is due; gives its exit code when it ends. */
  step(nowMs: number): number | undefined {
    if (nowMs >= this.exitMs) return this.exitCode;
    if (nowMs >= this.registerMs) {
      if (!this.register(nowMs) && nowMs >= this.givesUpMs) return 1;
    } else if (nowMs >= this.acs.dueMs) {
      this.acs.step(nowMs);
    } else if (nowMs >= this.tcs.dueMs) {
      this.tcs.step(nowMs);
    }
    return undefined;
  }

  /** Asks for the hosts where they are not known or 12 hours old; old ones are kept where that fails. */
  hostsToDial(nowMs: number): Hosts | undefined {
    if (this.told !== undefined && nowMs - this.toldMs < discoveryLastsMs) return this.told;
    const asked = this.askApi();
    if (asked !== undefined && asked === 'un-numbered' && this.network.refuses === 'discover') {
      this.saying = 'agent-refused';
      return this.told;
    }
    if (asked !== undefined) {
      this.told = asked;
      this.toldMs = nowMs;
    }
    return this.told;
  }

  private register(nowMs: number): boolean {
    if (this.askApi() === undefined) {
      this.registerMs = nowMs + between(this.random, 1_000, 10_000);
      return false;
    }
    this.registeredMs = nowMs;
    this.saying = undefined;
    this.registerMs = Number.POSITIVE_INFINITY;
    this.acs.dueMs = nowMs + between(this.random, 50, 200);
    if (!this.metricsDisabled) this.tcs.dueMs = nowMs + between(this.random, 100, 400);
    return true;
  }

  /** The hosts that the API would name, by the way it is asked; undefined where it cannot be asked. */
  private askApi(): Hosts | undefined {
    const dialled = this.network.dial('ecs', 'un-numbered', this.random);
    if (dialled.outcome === 'distrusted') this.saying = 'agent-distrusts';
    if (dialled.outcome === 'unresolved' || dialled.outcome === 'closed') this.saying = 'agent-cannot-reach';
    if (dialled.outcome !== 'connected') return undefined;
    return dialled.to === 'private' ? 'un-numbered' : 'numbered';
  }
}
