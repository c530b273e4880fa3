import type { ISessionsClientV1 } from '../../src/pip/index.js';

/** A client of the published names, and the service of its own that it calls. */
export interface PipSubject {
  readonly client: ISessionsClientV1;
  /** Lets time pass in the service. */
  pass(ms: number): void;
  /** Closes both. */
  close(): Promise<void>;
}

/** Makes a client and its service. */
export type OpenPipClient = () => Promise<PipSubject>;

/** What a client under test has in common with `describe` of mocha: one for all tests. */
export function sharePipClient(open: OpenPipClient): Omit<PipSubject, 'close'> {
  let subject: PipSubject | undefined;
  before(async () => {
    subject = await open();
  });
  after(async () => {
    await subject?.close();
  });
  const present = () => {
    if (subject === undefined) throw new Error('The client is not open.');
    return subject;
  };
  return {
    get client() {
      return present().client;
    },
    pass: (ms) => present().pass(ms),
  };
}
