import { describeChanging } from './contract/changing.suite.js';
import { describeClosing } from './contract/closing.suite.js';
import { describeExpiring } from './contract/expiring.suite.js';
import { describeLifecycle } from './contract/lifecycle.suite.js';
import { describeLimits } from './contract/limits.suite.js';
import { describeLists } from './contract/lists.suite.js';
import { describeOpening } from './contract/opening.suite.js';
import { describeRemoving } from './contract/removing.suite.js';
import { describeReopening } from './contract/reopening.suite.js';
import { describeRequestIds } from './contract/request-ids.suite.js';
import { type CreateStore, type DurableStoreUnderTest, useStore } from './contract/subject.js';
import { describeTouching } from './contract/touching.suite.js';
import { describeValues } from './contract/values.suite.js';

/** The contract of `SessionPersistence`, run over every store: `createStore` makes an open, empty one. */
export function describePersistence(name: string, createStore: CreateStore): void {
  describe(`${name} as SessionPersistence`, () => {
    describe('one session', () => {
      const subject = useStore(createStore);
      describeLifecycle(subject, createStore);
      describeOpening(subject);
      describeRequestIds(subject);
      describeLimits(subject);
      describeTouching(subject);
      describeChanging(subject);
      describeClosing(subject);
      describeExpiring(subject);
      describeRemoving(subject);
      describeValues(subject);
    });
    describeLists(createStore);
  });
}

/** What a store that keeps something owes beyond {@link describePersistence}. */
export function describeDurablePersistence(
  name: string,
  createStore: CreateStore<DurableStoreUnderTest>,
): void {
  describe(`${name}, opened again`, () => {
    describeReopening(useStore(createStore));
  });
}
