import { storeUnavailable } from '../../../errors/makers.js';

/**
 * Runs work until it ends, its time is over, or `closing` is aborted; then what it does in spite of
 * its signal is nobody's any more.
 * @throws STORE_UNAVAILABLE at the deadline and when closed.
 */
export async function withDeadline<Value>(
  timeoutMs: number,
  closing: AbortSignal,
  work: (request: { readonly signal: AbortSignal }) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  let cut = (): void => undefined;
  const over = new Promise<never>((_, reject) => {
    cut = () => {
      const reason = closing.aborted ? 'the store is closing' : `no answer within ${timeoutMs} ms`;
      const error = storeUnavailable(new Error(reason));
      controller.abort(error);
      reject(error);
    };
  });
  const timer = setTimeout(cut, timeoutMs);
  closing.addEventListener('abort', cut);
  try {
    const working = work({ signal: controller.signal });
    return await Promise.race([working, over]);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', cut);
  }
}
