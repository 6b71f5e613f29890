import { once } from 'node:events';
import { createServer } from 'node:net';
import { errorCodeOf } from '../../../src/kit/problem.ts';
import { loopbackBlocks } from '../hosts/topology.ts';

/** The block of loopback addresses that belongs to this rehearsal, beside others on this machine. */
export interface LoopbackBlock {
  readonly block: number;
  close(): void;
}

/** Takes the first free block. Being a socket, the claim ends with this process. @throws Error when none is free */
export async function claimLoopbackBlock(): Promise<LoopbackBlock> {
  for (let block = 0; block < loopbackBlocks; block += 1) {
    const claim = createServer();
    claim.listen({ host: `127.${77 + block}.255.254`, port: 51678 });
    try {
      await once(claim, 'listening');
      return { block, close: () => void claim.close() };
    } catch (error) {
      if (errorCodeOf(error) !== 'EADDRINUSE') {
        throw error;
      }
    }
  }
  throw new Error(`${loopbackBlocks} rehearsals are under way on this machine's loopback addresses`);
}
