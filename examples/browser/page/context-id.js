const key = 'context-id';

/**
 * The context of this tab: a page that is loaded again goes on with it, in a later epoch. It is in
 * the tab's storage only while no page of the tab is there, so that a copy of the tab, which copies
 * its storage too, does not beat for the same context.
 * @returns {string}
 */
export function takeContextId() {
  const id = sessionStorage.getItem(key) ?? crypto.randomUUID();
  sessionStorage.removeItem(key);
  addEventListener('pagehide', () => sessionStorage.setItem(key, id));
  // Back by the browser's cache: the page was not loaded again.
  addEventListener('pageshow', () => sessionStorage.removeItem(key));
  return id;
}
