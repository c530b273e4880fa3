import { closeReasons, sessionKinds } from '../../src/data/version1/words.js';
import type { SessionPersistence } from '../../src/logic/session-persistence.js';
import { minute, openedSession, second, t0, touchInput } from './sessions.js';

/** How many sessions {@link populate} opens. */
export const populationSize = 60;

/** When the last of them was opened or changed. */
export const populatedAt = t0 + populationSize * second;

const users = ['ann', 'bob', 'Ann', 'Zoë 😀'];
const devices = [undefined, 'laptop', 'phone'];
const clients = ['shop', undefined, 'shop '];
const addresses = ['127.0.0.1', '::1', undefined, undefined];
/** Of each, one in this order: by code unit `-` < `9` < `B` < `_` < `a`. */
const idHeads = ['a', 'B', '_', '9', '-'];

function at<Value>(values: readonly Value[], index: number): Value {
  return values[index % values.length] as Value;
}

function given<Key extends string>(key: Key, value: string | undefined) {
  return value === undefined ? {} : { [key]: value };
}

/**
 * Sessions of every kind, end and field, three at a time with the same open time: a third with an
 * idle timeout of one to six minutes, some with a lifetime, some closed, some beaten.
 */
export async function populate(store: SessionPersistence): Promise<void> {
  for (let n = 0; n < populationSize; n += 1) {
    const id = `${at(idHeads, n)}${n}`;
    const openTime = t0 + Math.floor(n / 3) * second;
    const session = {
      id,
      userId: at(users, Math.floor(n / 2)),
      kind: at(sessionKinds, Math.floor(n / 3)),
      data: JSON.stringify({ n }),
      ...given('deviceId', at(devices, n)),
      ...given('client', at(clients, Math.floor(n / 4))),
      ...given('address', at(addresses, Math.floor(n / 5))),
      ...(n % 3 === 0 ? { idleTimeoutMs: ((n % 6) + 1) * minute } : {}),
      ...(n % 7 === 0 ? { absoluteTimeoutMs: 3 * minute } : {}),
    };
    await openedSession(store, session, openTime);
    const now = openTime + 10 * second;
    if (n % 4 === 1) {
      await store.closeSession({ sessionId: id, reason: at(closeReasons, Math.floor(n / 4)), now });
    } else if (n % 5 === 0) {
      await store.touchSession(touchInput(id, { status: 'available' }, now));
    }
  }
}
