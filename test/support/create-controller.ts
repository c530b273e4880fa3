import { ConfigParams, Descriptor, References } from 'pip-services3-commons-nodex';
import type { ServiceClock } from '../../src/logic/service-clock.js';
import { SessionsController } from '../../src/logic/sessions-controller.js';
import type { MemorySessionPersistence } from '../../src/persistence/memory/memory-session-persistence.js';

/** A clock that a test moves. */
export interface TestClock extends ServiceClock {
  /** Lets time pass. */
  pass(ms: number): void;
  /** Reports a step of the wall clock at the next look. */
  step(ms: number): void;
}

/** A clock that stands until a test moves it. */
export function createTestClock(start = 1_700_000_000_000): TestClock {
  let time = start;
  let steps: number[] = [];
  return {
    now: () => time,
    takeSteps() {
      const taken = steps;
      steps = [];
      return taken;
    },
    pass(ms) {
      time += ms;
    },
    step(ms) {
      steps.push(ms);
    },
  };
}

/** A controller over an open store, with `settings` by their keys. */
export async function createController(
  store: MemorySessionPersistence,
  options: { readonly clock?: ServiceClock; readonly settings?: Record<string, unknown> } = {},
) {
  const { clock, settings = {} } = options;
  const controller = new SessionsController(clock === undefined ? {} : { clock });
  controller.configure(ConfigParams.fromValue(settings));
  controller.setReferences(
    References.fromTuples(
      new Descriptor('service-sessions', 'persistence', 'memory', 'default', '1.0'),
      store,
    ),
  );
  await store.open('test');
  await controller.open('test');
  return {
    controller,
    async close() {
      await controller.close('test');
      await store.close('test');
    },
  };
}
