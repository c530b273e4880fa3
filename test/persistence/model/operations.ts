import fc from 'fast-check';
import { closeReasons, sessionKinds } from '../../../src/data/version1/words.js';
import type { Beat } from '../../../src/domain/beat.js';
import type { DocumentChange } from '../../../src/domain/change.js';
import type { SessionFilter } from '../../../src/domain/filter.js';
import type { NewSession, SessionLimit } from '../../../src/domain/open.js';
import { defaultPresenceRules } from '../../../src/domain/presence.js';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import { minute, second } from '../../support/sessions.js';

/** One call of the port: which session is meant is told by its place among those opened. */
export interface Operation {
  /** How far the clock moved since the call before, in ms; now and then back. */
  readonly step: number;
  /** Makes the call, with the time and the id of the session that is meant. */
  run(store: SessionPersistence, now: number, pick: (place: number) => string): Promise<unknown>;
  /** What is called, for the report of a failure. */
  toString(): string;
}

/** The fields of a session that an operation opens; the id is given when it is run. */
type Opening = Omit<NewSession, 'id'>;

const users = fc.constantFrom('ann', 'bob', 'Zoë 😀');
const steps = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 * second }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 * minute }) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -3 * second, max: -1 }) },
);
const places = fc.nat({ max: 30 });
const timeouts = fc.constantFrom(1, second, 30 * second, 2 * minute, 10 * minute);

/** The value without the keys that have none. */
function given<Value extends object>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return arbitrary.map(
    (value) =>
      Object.fromEntries(
        Object.entries(value).filter(([, part]) => part !== undefined && part !== null),
      ) as Value,
  );
}

function optional<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const documents = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));

const openings = given(
  fc.record({
    userId: users,
    kind: fc.constantFrom(...sessionKinds),
    userName: optional(fc.constantFrom('Ann', 'Bob')),
    deviceId: optional(fc.constantFrom('laptop', 'phone')),
    address: optional(fc.constantFrom('::1', '127.0.0.1')),
    client: optional(fc.constantFrom('shop', 'shop ')),
    user: optional(documents),
    data: optional(documents),
    idleTimeoutMs: optional(timeouts),
    absoluteTimeoutMs: optional(timeouts),
  }),
) as fc.Arbitrary<Opening>;

const limits: fc.Arbitrary<SessionLimit | undefined> = optional(
  fc.record({
    max: fc.integer({ min: 1, max: 4 }),
    policy: fc.constantFrom('reject' as const, 'end_oldest' as const),
    kinds: fc.constantFrom(['rpc', 'web', 'token'] as const, sessionKinds),
  }),
);

const beats = given(
  fc.record({
    contextId: optional(fc.constantFrom('one', 'two', 'three')),
    epoch: optional(fc.nat({ max: 2 })),
    seq: optional(fc.nat({ max: 5 })),
    status: optional(fc.constantFrom('available' as const, 'busy' as const, 'away' as const)),
    visible: optional(fc.boolean()),
    active: optional(fc.boolean()),
    path: optional(fc.constantFrom(['home'], ['cart', 'items'])),
    activity: optional(fc.constantFrom('read', 'write')),
    nextBeatMs: optional(fc.constantFrom(second, 10 * second, minute)),
    ended: optional(fc.boolean()),
  }),
) as fc.Arbitrary<Beat>;

const revisions = optional(fc.nat({ max: 3 }));
const changes = given(
  fc.oneof(
    fc.record({ type: fc.constant('data' as const), data: documents, revision: revisions }),
    fc.record({ type: fc.constant('user' as const), user: documents, revision: revisions }),
    fc.record({
      type: fc.constant('patch' as const),
      patch: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.jsonValue({ maxDepth: 1 })),
      revision: revisions,
    }),
  ),
) as fc.Arbitrary<DocumentChange>;

const filters = given(
  fc.record({
    userId: optional(users),
    deviceId: optional(fc.constantFrom('laptop', 'phone')),
    client: optional(fc.constantFrom('shop', 'shop ')),
    address: optional(fc.constantFrom('::1', '127.0.0.1')),
    kind: optional(fc.constantFrom(...sessionKinds)),
    closeReason: optional(fc.constantFrom(...closeReasons)),
    active: optional(fc.boolean()),
  }),
) as fc.Arbitrary<SessionFilter>;

/** A limit that no batch reaches: which records a full one takes is not part of the contract. */
const wholeBatch = 1_000;

const calls: readonly fc.Arbitrary<Omit<Operation, 'step'>>[] = [
  fc
    .record({ opening: openings, limit: limits, request: optional(fc.nat({ max: 2 })) })
    .map(({ opening, limit, request }) =>
      call({ open: opening, limit, request }, (store, now, pick) =>
        store.openSession({
          session: { ...opening, id: pick(-1) },
          now,
          ...(limit === undefined ? {} : { limit }),
          ...(request === undefined
            ? {}
            : {
                request: {
                  requestId: `request ${request}`,
                  fingerprint: opening.kind,
                  expireTime: now + minute,
                },
              }),
        }),
      ),
    ),
  fc
    .record({ place: places, beat: beats })
    .map(({ place, beat }) =>
      call({ touch: place, beat }, (store, now, pick) =>
        store.touchSession({ sessionId: pick(place), beat, now, presence: defaultPresenceRules }),
      ),
    ),
  fc
    .record({ place: places, change: changes })
    .map(({ place, change }) =>
      call({ change: place, ...change }, (store, now, pick) =>
        store.changeSession(pick(place), change, now),
      ),
    ),
  fc
    .record({ place: places, reason: fc.constantFrom('logout' as const, 'admin' as const) })
    .map(({ place, reason }) =>
      call({ close: place, reason }, (store, now, pick) =>
        store.closeSession({ sessionId: pick(place), reason, now }),
      ),
    ),
  places.map((place) =>
    call({ get: place }, (store, now, pick) => store.getSession(pick(place), now)),
  ),
  fc
    .record({ filter: filters, take: fc.integer({ min: 1, max: 6 }), skip: fc.nat({ max: 3 }) })
    .map(({ filter, take, skip }) =>
      call({ list: filter, take, skip }, (store, now) =>
        store.listSessions({ filter, now, take, skip, total: true }),
      ),
    ),
  fc
    .record({ filter: filters, width: fc.nat({ max: minute }) })
    .map(({ filter, width }) =>
      call({ count: filter, width }, (store, now) =>
        store.countSessions({ ...filter, fromTime: now - width, toTime: now }, now),
      ),
    ),
  fc.record({ userId: users, except: optional(places) }).map(({ userId, except }) =>
    call({ closeUser: userId, except }, (store, now, pick) =>
      store.closeUserSessions({
        userId,
        reason: 'admin',
        now,
        limit: wholeBatch,
        ...(except === undefined ? {} : { exceptId: pick(except) }),
      }),
    ),
  ),
  fc.constant(call('sweep', (store, now) => store.closeExpired(now, wholeBatch))),
  places.map((place) =>
    call({ delete: place }, (store, now, pick) => store.deleteSession(pick(place), now)),
  ),
  fc.nat({ max: 5 * minute }).map((age) =>
    call({ prune: age }, (store, now) =>
      store.prune({
        now,
        limit: wholeBatch,
        endedBefore: now - age,
        stretchesBefore: now - 2 * age,
      }),
    ),
  ),
  users.map((userId) =>
    call({ deleteUser: userId }, (store, now) => store.deleteUserSessions(userId, wholeBatch, now)),
  ),
];

/** How often which call comes, in the order of `calls`. */
const weights = [12, 14, 5, 3, 3, 5, 3, 1, 3, 1, 1, 1];

function call(what: unknown, run: Operation['run']): Omit<Operation, 'step'> {
  return { run, toString: () => JSON.stringify(what) };
}

/** Sequences of calls. */
export const operations: fc.Arbitrary<readonly Operation[]> = fc.array(
  fc
    .record({
      step: steps,
      made: fc.oneof(
        ...calls.map((arbitrary, index) => ({ arbitrary, weight: weights[index] ?? 1 })),
      ),
    })
    .map(({ step, made }) => ({
      step,
      run: made.run,
      toString: () => `+${step} ms ${made.toString()}`,
    })),
  { maxLength: 60, size: 'max' },
);
