import { isSessionError } from '../../src/errors/session-error.js';

/** What a caller sees of a failure. */
export interface Failure {
  readonly code: string;
  readonly details?: unknown;
}

/** The failure of a promise that must be rejected with a `SessionError`, as a plain value. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const [outcome] = await Promise.allSettled([promise]);
  if (outcome.status === 'fulfilled') throw new Error('A failure was expected.');
  return toFailure(outcome.reason);
}

/** The failure that a function must throw, as a plain value. */
export function thrownBy(action: () => unknown): Failure {
  try {
    action();
  } catch (caught) {
    return toFailure(caught);
  }
  throw new Error('A failure was expected.');
}

function toFailure(caught: unknown): Failure {
  if (!isSessionError(caught)) throw caught;
  const { code, details } = caught;
  return details === undefined ? { code } : { code, details };
}

/** The values and the failures of several promises, each as a plain value. */
export async function settle<Value>(
  promises: readonly Promise<Value>[],
): Promise<{ readonly values: readonly Value[]; readonly failures: readonly Failure[] }> {
  const outcomes = await Promise.allSettled(promises);
  return {
    values: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    failures: outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [toFailure(outcome.reason)] : [],
    ),
  };
}
