/** Version of the schema; a database with a higher one is refused (DESIGN §2). */
export const schemaVersion = 1;

/** Width of a step of the deadline index: what beats move stays mostly within it. */
const dueStepMs = 60_000;

/** The step of the deadline index that a time is in. */
export function dueMinuteOf(time: number): number {
  return Math.floor(time / dueStepMs);
}

/** An index: its keys, and the questions that it answers. */
export interface IndexPlan {
  readonly collection: 'sessions' | 'stretches' | 'requests' | 'limits';
  readonly name: string;
  readonly keys: Readonly<Record<string, 1 | -1>>;
  /** Only records that have the field are in it. */
  readonly sparse?: boolean;
  /** The questions, for docs/configuration.md. */
  readonly serves: string;
}

const listOrder = { open_time: -1, _id: 1 } as const;

function list(field: string, question: string): IndexPlan {
  const name = `list_${field}`;
  return {
    collection: 'sessions',
    name,
    keys: { [field]: 1, active: 1, ...listOrder },
    serves: `lists and counts ${question}, with and without \`active\``,
  };
}

function sparse(
  collection: IndexPlan['collection'],
  name: string,
  field: string,
  serves: string,
): IndexPlan {
  return { collection, name, keys: { [field]: 1 }, sparse: true, serves };
}

/**
 * Every index beside `_id`, each with the questions it answers. Lists have theirs in their own
 * order (newest `open_time` first, then `_id`), so that a page behind a cursor is one range of it;
 * a list without `active` merges two. A field that beats move is in none of them, but for the
 * minute of the deadline. What names no session is not in a list: opening and removed ones have no
 * `active`, which every question asks for.
 */
export const indexPlans: readonly IndexPlan[] = [
  {
    collection: 'sessions',
    name: 'list_all',
    keys: { active: 1, ...listOrder },
    serves: 'lists and counts of all sessions, with and without `active`',
  },
  list('user_id', 'of a user; his limit; ends and removals of all his sessions'),
  list('device_id', 'of a device'),
  list('client', 'of a client'),
  list('address', 'of an address'),
  list('kind', 'of a kind; ended sessions of kind `presence`, for the sweep'),
  {
    collection: 'sessions',
    name: 'list_close_reason',
    keys: { close_reason: 1, ...listOrder },
    serves: 'lists and counts of a close reason',
  },
  sparse('sessions', 'due', 'due_minute', 'the sweep, and what lists add that it has not swept'),
  sparse('sessions', 'closed', 'close_time', 'the sweep: what ended long ago'),
  sparse('sessions', 'present', 'present_user', 'the status of a user, at a beat'),
  sparse('sessions', 'pending', 'pending_at', 'the sweep: stretches that a crash kept back'),
  sparse('sessions', 'opening', 'opening_at', 'the sweep: opens that a crash cut off'),
  {
    collection: 'stretches',
    name: 'session',
    keys: { session_id: 1, from: 1 },
    serves: 'the stretches of a session',
  },
  {
    collection: 'stretches',
    name: 'to',
    keys: { to: 1 },
    serves: 'the sweep: stretches kept long enough',
  },
  {
    collection: 'requests',
    name: 'expire',
    keys: { expire_time: 1 },
    serves: 'the sweep: request ids that are forgotten',
  },
  {
    collection: 'limits',
    name: 'at',
    keys: { at: 1 },
    serves: 'the sweep: limits of users who opened nothing for a day',
  },
];
