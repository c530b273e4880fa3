import { expect } from 'chai';
import fc from 'fast-check';
import type { SessionPersistence } from '../../src/logic/session-persistence.js';
import { t0 } from '../support/sessions.js';
import type { CreateStore } from './contract/subject.js';
import { createPicker, outcomeOf, readAll } from './model/answers.js';
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
