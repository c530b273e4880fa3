/** What a caller of a Pip client sees of a failure. */
export interface SeenException {
  /** Name of the class, by which such callers tell failures apart. */
  readonly type: string;
  readonly code: unknown;
  readonly status: unknown;
  readonly category: unknown;
  readonly correlationId: unknown;
  readonly message: string;
  readonly details: unknown;
}

/** The failure of a promise that must be rejected, as a plain value. */
export async function exceptionOf(promise: Promise<unknown>): Promise<SeenException> {
  const [outcome] = await Promise.allSettled([promise]);
  if (outcome.status === 'fulfilled') throw new Error('A failure was expected.');
  const caught = outcome.reason as Error & Readonly<Record<string, unknown>>;
  return {
    type: caught.constructor.name,
    code: caught['code'],
    status: caught['status'],
    category: caught['category'],
    correlationId: caught['correlation_id'],
    message: caught.message,
    details: caught['details'],
  };
}
