import type { ChildServer } from './child-server.js';

/** A kind of server that is measured. */
export interface System {
  /** As it stands in the tables. */
  readonly name: string;
  /** Whether it keeps sessions, so that its size matters. */
  readonly keeps: boolean;
  /** Whether it knows `touch_session`. */
  readonly beats: boolean;
  /** Most sessions that it is measured with. */
  readonly maxSize: number;
  /** Commands that it cannot do, so that it takes no part where they are measured. */
  readonly failing?: readonly string[];
  /** Starts it with `size` sessions present. */
  start(size: number): Promise<FilledServer>;
}

/** A command that a system cannot do; `start` for a system that cannot take part. */
export interface Failure {
  readonly system: string;
  readonly command: string;
  /** What it answered, or why it is not there. */
  readonly reason: string;
}

/** A server and the sessions in it. */
export interface FilledServer {
  readonly server: ChildServer;
  readonly ids: readonly string[];
}

/** A system with a number of sessions present. */
export interface Contender {
  readonly system: System;
  /** Sessions present; of a system that keeps none, the smallest size of the run. */
  readonly size: number;
}

/** Folders of one run. */
export interface Workspace {
  /** Temporary, removed at the end. */
  readonly folder: string;
  /** Of this project. */
  readonly project: string;
}
