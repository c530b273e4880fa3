import type { SessionPersistence } from '../../../src/logic/session-persistence.js';

/** An open, empty store, and how to end it. */
export interface StoreUnderTest {
  readonly store: SessionPersistence;
  /** Whether a read of one session past its deadline writes its end down. @default false */
  readonly writesEnds?: boolean;
  /** Ends the store and removes what it left. Called once. */
  close(): Promise<void>;
}

/** A store that keeps something. */
export interface DurableStoreUnderTest extends StoreUnderTest {
  /** Ends the store and starts it again over what it kept. */
  reopen(): Promise<SessionPersistence>;
}

/** Makes an open, empty store. */
export type CreateStore<Store extends StoreUnderTest = StoreUnderTest> = () => Promise<Store>;

/** The store that a test works on: another one for each test. */
export interface Subject<Store extends StoreUnderTest = StoreUnderTest> {
  readonly store: SessionPersistence;
  readonly underTest: Store;
}

/** Gives each test of the suite around it a store of its own. */
export function useStore<Store extends StoreUnderTest>(
  createStore: CreateStore<Store>,
): Subject<Store> {
  let current: Store | undefined;
  beforeEach(async () => {
    current = await createStore();
  });
  afterEach(async () => {
    await current?.close();
    current = undefined;
  });
  const underTest = () => {
    if (current === undefined) throw new Error('No test is running.');
    return current;
  };
  return {
    get underTest() {
      return underTest();
    },
    get store() {
      return underTest().store;
    },
  };
}
