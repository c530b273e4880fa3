import { expect } from 'chai';
import type { SessionPageV1 } from '../../src/index.js';
import { newUser, present, summaryOf } from './new-user.js';
import type { SharedClient } from './subject.js';

/** How many sessions the long list has. */
const longList = 1_000;

/** Lists: filters, pages, totals, cursors. */
export function describeLists(shared: SharedClient): void {
  it('getSessions() lists the sessions of a filter without user and data, newest first', async () => {
    const { client } = shared;
    const userId = newUser();
    const sessions = [];
    for (const deviceId of ['phone', 'laptop', 'phone']) {
      sessions.unshift(
        present(
          await client.openSession({ user_id: userId, device_id: deviceId, data: 1, user: 2 }),
        ),
      );
      await shared.pass(2);
    }
    const all = await client.getSessions({ filter: { user_id: userId } });
    expect(all).to.deep.equal({ total: null, data: sessions.map(summaryOf) });
    const phones = await client.getSessions({
      filter: { user_id: userId, device_id: 'phone' },
      paging: { total: true, take: 1 },
    });
    expect(phones).to.deep.equal({
      total: 2,
      data: sessions.slice(0, 1).map(summaryOf),
      next_cursor: phones.next_cursor,
    });
    expect(phones.next_cursor).to.be.a('string');
  });

  it('getSessions() takes what old callers send: texts as values', async () => {
    const { client } = shared;
    const userId = newUser();
    const session = present(await client.openSession({ user_id: userId }));
    const page = await client.getSessions({
      filter: { user_id: userId, active: 'true', from_time: session.open_time },
      paging: { skip: '0', take: '10', total: 'true' },
    });
    expect(page).to.deep.equal({ total: 1, data: [session] });
  });

  it(`getSessions() pages through ${longList} sessions by cursor, each once, in order`, async () => {
    const { client } = shared;
    const userId = newUser();
    const ids: string[] = [];
    for (let n = 0; n < longList; n += 50) {
      const opens = Array.from(
        { length: 50 },
        async () => await client.openSession({ user_id: userId }),
      );
      ids.push(...(await Promise.all(opens)).map((session) => present(session).id));
    }
    const pages: SessionPageV1[] = [];
    let cursor: string | undefined;
    do {
      const paging = { take: 70, cursor, total: pages.length === 0 };
      const page = await client.getSessions({ filter: { user_id: userId }, paging });
      pages.push(page);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    const listed = pages.flatMap(({ data }) => data);
    expect(listed.map(({ id }) => id)).to.have.members(ids);
    expect(pages.map(({ total }) => total)).to.deep.equal([
      longList,
      ...Array.from({ length: pages.length - 1 }, () => null),
    ]);
    expect(pages.map(({ data }) => data.length).slice(0, -1)).to.deep.equal(
      Array.from({ length: Math.ceil(longList / 70) - 1 }, () => 70),
    );
    const inOrder = [...listed].sort(
      (a, b) => b.open_time.localeCompare(a.open_time) || (a.id < b.id ? -1 : 1),
    );
    expect(listed).to.deep.equal(inOrder);
  });
}
