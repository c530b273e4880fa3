import type { IncomingMessage } from 'node:http';

/** A body up to this length counts for nothing: the number of connections bounds these. */
const freeBytes = 4_096;

/** What a {@link BodyBudget} is made with. */
export interface BodyBudgetOptions {
  /** Bytes that all bodies on their way may take together. */
  readonly bodyMemoryBytes: number;
  /** Bytes that one of them may have. */
  readonly bodyLimitBytes: number;
}

/**
 * Keeps what callers send slowly, many at a time, from filling the memory: the announced lengths
 * of all bodies that are still coming are bounded. Small bodies are free, so that callers who send
 * large ones do not keep out the rest.
 */
export class BodyBudget {
  readonly #options: BodyBudgetOptions;
  readonly #reserved = new Map<IncomingMessage, number>();
  #bytes = 0;

  constructor(options: BodyBudgetOptions) {
    this.#options = options;
  }

  /** Whether there is room for the body of a request, which takes it then. */
  reserve(request: IncomingMessage): boolean {
    const bytes = this.#bytesOf(request);
    if (bytes <= freeBytes) return true;
    const { bodyMemoryBytes } = this.#options;
    if (this.#bytes + bytes > bodyMemoryBytes) this.#releaseEnded();
    if (this.#bytes + bytes > bodyMemoryBytes) return false;
    this.#reserved.set(request, bytes);
    this.#bytes += bytes;
    return true;
  }

  /** What a body may take: what it announces, or all that is allowed. One too long is not read. */
  #bytesOf({ headers }: IncomingMessage): number {
    const { bodyLimitBytes } = this.#options;
    if (headers['transfer-encoding'] !== undefined) return bodyLimitBytes;
    const length = Number(headers['content-length'] ?? 0);
    return length > bodyLimitBytes ? 0 : length;
  }

  /** Only asked for when there is no room: so no end of a request can be missed. */
  #releaseEnded(): void {
    for (const [request, bytes] of this.#reserved) {
      if (!request.complete && !request.destroyed) continue;
      this.#reserved.delete(request);
      this.#bytes -= bytes;
    }
  }
}
