import { errorReply, type WireFault } from './fault-proxy.js';

/** What a caller can have: done and answered; an error, and not done; an error, and perhaps done. */
export type Outcome = 'done' | 'not done' | 'perhaps done';

/** One row of the table in docs/mongodb.md. */
export interface FaultRow {
  readonly name: string;
  readonly fault: WireFault;
  /** Of a command that only reads: an error of it is always "not done". */
  readonly reading: readonly Outcome[];
  /** Of one that writes, with retryable writes on and off. */
  readonly retrying: readonly Outcome[];
  readonly plain: readonly Outcome[];
}

/** The time of a request in these tests, ms. */
export const requestTimeoutMs = 1_000;

const unsure = ['done', 'not done', 'perhaps done'] as const;

/** What each fault of one message may lead to. */
export const faultRows: readonly FaultRow[] = [
  {
    name: 'the connection breaks before the server has the command',
    fault: { kind: 'drop before' },
    reading: ['done'],
    retrying: ['done'],
    plain: ['done', 'not done'],
  },
  {
    name: 'the connection breaks before the answer',
    fault: { kind: 'drop after' },
    reading: ['done'],
    retrying: ['done'],
    plain: unsure,
  },
  {
    name: 'the server is no primary any more',
    fault: errorReply(10_107, 'NotWritablePrimary', 'not primary'),
    reading: ['done'],
    retrying: ['done'],
    plain: ['done', 'not done'],
  },
  {
    name: 'a write conflict',
    fault: errorReply(112, 'WriteConflict', 'conflict'),
    reading: ['not done'],
    retrying: ['done', 'not done'],
    plain: ['done', 'not done'],
  },
  {
    name: 'the server never has the command, and the connection stays',
    fault: { kind: 'silence' },
    reading: ['not done'],
    retrying: ['not done'],
    plain: ['not done'],
  },
  {
    name: 'the answer never comes, and the connection stays',
    fault: { kind: 'silence after' },
    reading: ['not done'],
    retrying: ['perhaps done', 'not done'],
    plain: ['perhaps done', 'not done'],
  },
  {
    name: 'the server is slow, within the time of a request',
    fault: { kind: 'slow', delayMs: requestTimeoutMs / 4 },
    reading: ['done'],
    retrying: ['done'],
    plain: ['done'],
  },
  {
    name: 'the server is slower than that',
    fault: { kind: 'slow', delayMs: requestTimeoutMs * 1.5 },
    reading: ['not done'],
    retrying: ['perhaps done', 'not done'],
    plain: ['perhaps done', 'not done'],
  },
];
