import type { Policy } from '../../../../src/reconcile/policy.ts';
import type { AgentAct } from '../../../../src/supervision/agent-restarter.ts';
import { Done } from './done.ts';
import type { Told, Watcher } from './model-daemon.ts';
import type { Deed, ModelHost } from './model-host.ts';
import { Broken } from './promised.ts';
import { Said } from './said.ts';
import { Witness } from './witness.ts';

/** Compares everything that the daemon says and does with how it really is. */
export class Promises implements Watcher {
  readonly broken = new Broken();
  readonly witness: Witness;
  readonly said: Said;
  private readonly done: Done;

  constructor(host: ModelHost, limits: Policy) {
    this.witness = new Witness(host, limits);
    const parts = { limits, witness: this.witness, broken: this.broken };
    this.said = new Said(host, parts);
    this.done = new Done(host, parts);
  }

  /** To be told after each incident. */
  worldChanged(): void {
    this.witness.worldChanged();
    this.said.worldChanged();
  }

  /** An operator stopped, paused or removed the agent, or started it: it is theirs from now on. */
  takenOver(): void {
    this.done.takenOver();
  }

  /** By an operator. */
  unitStopped(): void {
    this.done.unitStopped();
  }

  /** Its state is gone with it: what it said stands no longer. */
  daemonGone(): void {
    this.witness.daemonGone();
    this.said.daemonGone();
    this.done.daemonGone();
  }

  /** To be told often: before each look at least. */
  timePassed(): void {
    this.said.timePassed();
    this.done.timePassed();
  }

  decided(told: Told): void {
    this.witness.looked(told);
    this.done.decided(told);
    this.said.decided(told);
  }

  acts(act: AgentAct, told: Told, intentIsOnDisk: boolean): void {
    this.done.acts(act, told, intentIsOnDisk);
  }

  acted(deed: Deed, told: Told): void {
    this.done.acted(deed, told);
  }
}
