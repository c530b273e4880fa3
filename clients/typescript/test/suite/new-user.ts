import type { SessionV1 } from '../../src/index.js';

let made = 0;

/** A user whom no other test has. */
export function newUser(): string {
  made += 1;
  return `user-${made}`;
}

/** A value that must be there. */
export function present<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('A value was expected.');
  return value;
}

/** A session as it stands in lists. */
export function summaryOf({ user: _user, data: _data, ...summary }: SessionV1) {
  return summary;
}
