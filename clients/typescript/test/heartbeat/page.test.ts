import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { createTestPage, type TestPage } from '../support/test-page.js';
import { type OpenHeart, openHeart } from './open-heart.js';

async function withPage(test: (heart: OpenHeart, page: TestPage) => Promise<void>): Promise<void> {
  const page = createTestPage();
  const heart = await openHeart({ page });
  try {
    await test(heart, page);
  } finally {
    await heart.close();
  }
}

describe('the heartbeat of a page', () => {
  it('says at once when the page is seen no more, and when it is again', async () => {
    await withPage(async ({ heartbeat, seen, settled, timers }, page) => {
      heartbeat.start();
      await settled();
      page.see(false);
      await settled();
      page.see(true);
      await settled();
      expect(seen.beats.map(({ active, visible }) => [visible, active])).to.deep.equal([
        [true, true],
        [false, false],
        [true, true],
      ]);
      expect(timers.pauses.length).to.equal(1);
    });
  });

  it('says by itself again whether somebody is active when it is told nothing of that', async () => {
    await withPage(async ({ heartbeat, seen, settled }, page) => {
      heartbeat.update({ active: true });
      page.see(false);
      heartbeat.start();
      await settled();
      heartbeat.update({ active: undefined });
      await settled();
      expect(seen.beats.map(({ active }) => active)).to.deep.equal([true, false]);
    });
  });

  it('ends its context when the page is left, by a request that outlives the page', async () => {
    await withPage(async ({ client, heartbeat, seen, session, settled, timers }, page) => {
      heartbeat.update({ status: 'busy' });
      heartbeat.start();
      await settled();
      page.hide();
      await settled();
      expect(seen.beats.map(({ ended, seq }) => [seq, ended])).to.deep.equal([
        [1, undefined],
        [2, true],
      ]);
      expect(seen.calls.map(({ keepalive }) => keepalive)).to.deep.equal([undefined, true]);
      expect([heartbeat.state.phase, timers.pauses]).to.deep.equal(['hidden', []]);
      const other = await client.touchSession({ session_id: session.id, context_id: 'other' });
      expect(other).not.to.have.property('status');
    });
  });

  it('ends its context once though a beat is on its way when the page is left', async () => {
    await withPage(async ({ heartbeat, seen, settled }, page) => {
      heartbeat.start();
      page.see(false);
      page.hide();
      page.hide();
      await settled();
      expect(seen.beats.map(({ ended, seq }) => [seq, ended])).to.deep.equal([
        [1, undefined],
        [2, true],
      ]);
    });
  });

  it('begins a new epoch when the page comes back, and not when it is shown first', async () => {
    await withPage(async ({ heartbeat, seen, settled }, page) => {
      heartbeat.start();
      page.show(false);
      await settled();
      page.hide();
      page.show(false);
      await settled();
      expect(heartbeat.state.phase).to.equal('hidden');
      page.show(true);
      await settled();
      expect(seen.beats.map(({ ended, epoch, seq }) => [epoch, seq, ended])).to.deep.equal([
        [1_000, 1, undefined],
        [1_000, 2, true],
        [1_001, 1, undefined],
      ]);
      expect(heartbeat.state.result?.duplicate).to.equal(false);
    });
  });

  it('comes back while the last beat of before is still on its way', async () => {
    await withPage(async ({ heartbeat, seen, settled }, page) => {
      heartbeat.start();
      page.hide();
      page.show(true);
      await settled();
      expect(seen.beats.map(({ ended, epoch, seq }) => [epoch, seq, ended])).to.deep.equal([
        [1_000, 1, undefined],
        [1_000, 2, true],
        [1_001, 1, undefined],
      ]);
      expect(heartbeat.state.phase).to.equal('beating');
    });
  });

  it('looks at the page no more after stop(), in hiding too', async () => {
    await withPage(async ({ heartbeat, seen, settled }, page) => {
      heartbeat.start();
      await settled();
      page.hide();
      await heartbeat.stop();
      page.show(true);
      page.see(false);
      await settled();
      expect([heartbeat.state.phase, seen.beats.length]).to.deep.equal(['stopped', 2]);
      const { document, window } = page as unknown as Record<'document' | 'window', EventTarget>;
      const listeners = [
        ...getEventListeners(document, 'visibilitychange'),
        ...getEventListeners(window, 'pagehide'),
        ...getEventListeners(window, 'pageshow'),
      ];
      expect(listeners).to.deep.equal([]);
    });
  });

  it('looks at the page no more after the end of the session', async () => {
    await withPage(async ({ client, heartbeat, seen, session, settled }, page) => {
      await client.closeSession({ session_id: session.id });
      heartbeat.start();
      await settled();
      page.see(false);
      page.hide();
      await settled();
      expect([seen.beats.length, seen.told]).to.deep.equal([1, ['end ended logout']]);
    });
  });

  it('finds the page that it runs in', async () => {
    const page = createTestPage();
    const { addEventListener, removeEventListener } = page.window;
    const globals = {
      document: page.document,
      addEventListener: addEventListener.bind(page.window),
      removeEventListener: removeEventListener.bind(page.window),
    };
    Object.assign(globalThis, globals);
    const heart = await openHeart({ page: undefined as never });
    try {
      heart.heartbeat.start();
      await heart.settled();
      page.hide();
      await heart.settled();
      expect(heart.seen.beats.map(({ ended }) => ended)).to.deep.equal([undefined, true]);
    } finally {
      await heart.close();
      for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
    }
  });
});
