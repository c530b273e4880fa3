/** What says its events to listeners. */
interface EventSource {
  addEventListener(type: string, listener: (event: unknown) => void): void;
  removeEventListener(type: string, listener: (event: unknown) => void): void;
}

/** A web page as far as a heartbeat looks at it. */
export interface PageLike {
  /** Says `visibilitychange`. */
  readonly document: EventSource & { readonly visibilityState: string };
  /** Says `pagehide` and `pageshow`. */
  readonly window: EventSource;
}

/** What a heartbeat wants to know of its page. */
export interface PageListener {
  /** The page is seen now, or no more. */
  visibilityChanged(): void;
  /** The page goes: closed, left, or kept for the way back. */
  hidden(): void;
  /** The page is back from where it was kept. */
  restored(): void;
}

/** The page that this code runs in; `undefined` outside of pages (Node, workers). */
export function findPage(): PageLike | undefined {
  const { document, addEventListener } = globalThis as Partial<PageLike & EventSource>;
  if (document === undefined || addEventListener === undefined) return undefined;
  return { document, window: globalThis as unknown as EventSource };
}

/** Whether somebody can see the page; a process without one counts as seen. */
export function isVisible(page: PageLike | undefined): boolean {
  return page === undefined || page.document.visibilityState === 'visible';
}

/** Listens to a page. Answers what ends that. */
export function watchPage(page: PageLike, listener: PageListener): () => void {
  const onVisibility = () => listener.visibilityChanged();
  const onHide = () => listener.hidden();
  const onShow = (event: unknown) => {
    // The first show of a page restores nothing.
    if ((event as { readonly persisted?: boolean }).persisted === true) listener.restored();
  };
  page.document.addEventListener('visibilitychange', onVisibility);
  page.window.addEventListener('pagehide', onHide);
  page.window.addEventListener('pageshow', onShow);
  return () => {
    page.document.removeEventListener('visibilitychange', onVisibility);
    page.window.removeEventListener('pagehide', onHide);
    page.window.removeEventListener('pageshow', onShow);
  };
}
