import type { PageLike } from '../../src/index.js';

/** A page that a test hides and shows. */
export interface TestPage extends PageLike {
  /** Makes it seen or not, and says so. */
  see(isVisible: boolean): void;
  /** Leaves it. */
  hide(): void;
  /** Shows it, from where it was kept or for the first time. */
  show(persisted: boolean): void;
}

/** A page with the events of a real one. */
export function createTestPage(): TestPage {
  let visibilityState = 'visible';
  const page = new EventTarget();
  const document = Object.defineProperty(new EventTarget(), 'visibilityState', {
    get: () => visibilityState,
  }) as EventTarget & { readonly visibilityState: string };
  return {
    document,
    window: page,
    see(isVisible) {
      visibilityState = isVisible ? 'visible' : 'hidden';
      document.dispatchEvent(new Event('visibilitychange'));
    },
    hide: () => void page.dispatchEvent(new Event('pagehide')),
    show: (persisted) =>
      void page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted })),
  };
}
