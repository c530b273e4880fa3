import type { SessionV1 as WireSessionV1 } from '../generated/commands.js';
import { createRandomId } from '../random-id.js';

/** A free-form value, as `client-sessions-node` declares it: programs read what they put in. */
// biome-ignore lint/suspicious/noExplicitAny: a program written for the published types must compile
export type AnyValue = any;

/** A session as old programs know it. Its times are dates, as they are declared. */
export class SessionV1 {
  /** Unique id. */
  id: string;
  /** The user who signed in. */
  user_id: string;
  /** Full name of the user; may be absent. */
  user_name: string;
  /** Whether the session goes on. */
  active: boolean;
  /** When it was opened. */
  open_time: Date;
  /** When it ended; absent while active. */
  declare close_time: Date;
  /** When it was last changed. */
  request_time: Date;
  /** Address of the client; may be absent. */
  address: string;
  /** Name of the client application; may be absent. */
  client: string;
  /** What the caller knows of the user; never in lists. */
  declare user: AnyValue;
  /** What the session holds; never in lists. */
  declare data: AnyValue;
  /** New: the device the user signed in from. */
  declare device_id?: string;
  /** New: which protocol opened it. */
  declare kind?: string;
  /** New: why it ended. */
  declare close_reason?: string;
  /** New: when it ends if nothing more is heard. */
  declare expire_time?: Date;
  /** New: when it ends whatever happens. */
  declare absolute_expire_time?: Date;
  /** New: number of changes of `data` or `user`. */
  declare revision?: number;

  /** A live session of this moment; an id is made up where none is given. */
  constructor(
    id: string | null | undefined,
    user_id: string,
    user_name?: string,
    address?: string,
    client?: string,
  ) {
    this.id = id || createRandomId();
    this.user_id = user_id;
    // Declared as published: absent texts are undefined.
    this.user_name = user_name as string;
    this.active = true;
    this.open_time = new Date();
    this.request_time = new Date();
    this.address = address as string;
    this.client = client as string;
  }
}

const timeFields = [
  'open_time',
  'request_time',
  'close_time',
  'expire_time',
  'absolute_expire_time',
] as const;

/** A session of the wire as old programs know it: with dates, and what is absent left out. */
export function toSession(wire: WireSessionV1): SessionV1 {
  const times = timeFields.flatMap((field) => {
    const time = wire[field];
    return time === undefined ? [] : [[field, new Date(time)]];
  });
  const session = Object.create(SessionV1.prototype) as SessionV1;
  return Object.assign(session, wire, Object.fromEntries(times));
}
