import { expect, it } from 'vitest';
import { createEndpoints, describeOnEngine } from './daemon/stage.ts';

describeOnEngine('an example', (newHost) => {
  it('moves the agent once all endpoints are there', async () => {
    const host = await newHost();
    const daemon = host.startDaemon();
    await createEndpoints(host);
    await daemon.until(({ phase }) => phase === 'settled');
    expect(await host.restarts()).toBe(1);
  });
});
