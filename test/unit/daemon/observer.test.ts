import { describe, expect, it } from 'vitest';
import type { AgentLook } from '../../../src/agent/agent-reader.ts';
import { createObserver } from '../../../src/daemon/observer.ts';
import { observe } from '../reconcile/observations.ts';

const { signal } = new AbortController();
