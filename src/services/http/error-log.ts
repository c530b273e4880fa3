import type { ILogger } from 'pip-services3-components-nodex';
import type { SessionError } from '../../errors/session-error.js';

/** Lines a second for one code: a store that is gone must not fill the disk with lines as well. */
const linesPerSecond = 10;

/**
 * Writes to the log what an answer does not say: every 5xx with its cause, at most ten lines a
 * second for one code, and how many more there were. Refusals under overload are only counted.
 */
export class ErrorLog {
  readonly #logger: ILogger;
  readonly #now: () => number;
  readonly #counts = new Map<string, { second: number; lines: number; silent: number }>();

  constructor(logger: ILogger, now: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
  }

  /** Writes an error of a request; `where` names the route, never an id or a body. */
  write(error: SessionError, correlationId: string, where: string): void {
    if (error.status < 500) return;
    const silent = this.#admit(error);
    if (silent === undefined) return;
    const shown = error.cause instanceof Error ? error.cause : error;
    const more = silent === 0 ? '' : ` (and ${silent} times more before)`;
    this.#logger.error(correlationId, shown, '%s answered %s%s', where, error.code, more);
  }

  /** How many lines were left out before this one; `undefined` when this one is left out too. */
  #admit({ code }: SessionError): number | undefined {
    const second = Math.floor(this.#now() / 1_000);
    const count = this.#counts.get(code) ?? { second, lines: 0, silent: 0 };
    this.#counts.set(code, count);
    if (count.second !== second) Object.assign(count, { second, lines: 0 });
    const limit = code === 'OVERLOADED' ? 1 : linesPerSecond;
    if (count.lines >= limit) {
      count.silent += 1;
      return undefined;
    }
    const { silent } = count;
    Object.assign(count, { lines: count.lines + 1, silent: 0 });
    return silent;
  }
}
