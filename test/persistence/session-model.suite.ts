import { expect } from 'chai';
import fc from 'fast-check';
import type { Stretch } from '../../src/domain/context.js';
import { isSessionError } from '../../src/errors/session-error.js';
import type { SessionPersistence } from '../../src/logic/session-persistence.js';
import { t0 } from '../support/sessions.js';
import type { CreateStore } from './contract/subject.js';
import { type Operation, operations } from './model/operations.js';
import { ReferenceSessions } from './model/reference-sessions.js';

/** How much is tried. */
export interface ModelOptions {
  /** Sequences of up to 60 calls. @default 200 */
  readonly runs?: number;
}

/** Random sequences of calls must be answered as a plain model of arrays answers them. */
export function describePersistenceModel(
  name: string,
  createStore: CreateStore,
  { runs = 200 }: ModelOptions = {},
): void {
  describe(`${name} against the model`, () => {
    it(`answers ${runs} random sequences of calls as the model does`, async function () {
      this.timeout(120_000);
      const property = fc.asyncProperty(operations, async (sequence) => {
        const underTest = await createStore();
        try {
          const model = new ReferenceSessions({ writesEnds: underTest.writesEnds ?? false });
          await compare(underTest.store, model, sequence);
        } finally {
          await underTest.close();
        }
      });
      await fc.assert(property, { numRuns: runs, seed: 20_260_101 });
    });
  });
}

async function compare(
  store: SessionPersistence,
  model: SessionPersistence,
  sequence: readonly Operation[],
): Promise<void> {
  const ids: string[] = [];
  let now = t0;
  for (const operation of sequence) {
    now += operation.step;
    const pick = createPicker(ids);
    const expected = await outcomeOf(operation.run(model, now, pick));
    const actual = await outcomeOf(operation.run(store, now, pick));
    expect(actual, operation.toString()).to.deep.equal(expected);
  }
  expect(await readAll(store, ids, now)).to.deep.equal(await readAll(model, ids, now));
}

/** Ids by place among those opened; -1 stands for a new one, the same for both stores. */
function createPicker(ids: string[]): (place: number) => string {
  let made: string | undefined;
  return (place) => {
    if (place >= 0) return ids[place % Math.max(1, ids.length)] ?? 'absent';
    if (made === undefined) {
      // Not in the order of opening: the order of lists must not come by itself.
      made = `${(ids.length * 7919) % 1_000}-${ids.length}`;
      ids.push(made);
    }
    return made;
  };
}

async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await call };
  } catch (caught) {
    if (!isSessionError(caught)) throw caught;
    return { code: caught.code, details: caught.details };
  }
}

async function readAll(store: SessionPersistence, ids: readonly string[], now: number) {
  const query = { now, take: 1_000, total: true };
  const filters = [{}, { active: true }, { active: false }, { closeReason: 'idle' as const }];
  return {
    pages: await Promise.all(filters.map((filter) => store.listSessions({ ...query, filter }))),
    records: await Promise.all(ids.map((id) => store.getSession(id, now))),
    rows: await Promise.all(ids.map(async (id) => sorted(await store.getStretches(id)))),
  };
}

/** Rows that start together stand in any order. */
function sorted(rows: readonly Stretch[]): readonly Stretch[] {
  const key = (row: Stretch) => `${row.from} ${row.contextId} ${row.activity}`;
  return rows.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}
