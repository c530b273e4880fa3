import {
  createRandom,
  openingUserCount,
  sampleSession,
  sessionsPerUser,
  userCount,
  userId,
} from './sample-sessions.js';

/** The workloads, in the order they run: what changes least comes first. */
export const workloadNames = [
  'get_session_by_id',
  'list_user',
  'list_newest',
  'touch_session',
  'touch_skewed',
  'open_session',
] as const;

/** Name of a workload. */
export type WorkloadName = (typeof workloadNames)[number];

/** What a workload draws its requests from. */
interface WorkloadSource {
  /** Ids of the sessions present. */
  readonly ids: readonly string[];
  /** Sessions present. */
  readonly size: number;
  /** Number of the round, so that rounds differ. */
  readonly round: number;
}

/** One kind of requests. */
export interface Workload {
  readonly name: WorkloadName;
  /** The command, as in the route. */
  readonly command: string;
  readonly doc: string;
  /** Whether only systems that know beats can answer it. */
  readonly beats?: boolean;
  /** Whether it adds sessions, so that a small server is made anew before it. */
  readonly grows?: boolean;
  /** Bodies of requests, to be sent in this order and again from the start. */
  bodies(source: WorkloadSource): readonly string[];
  /** Whether an answer is what the request asked for. */
  accepts(body: Answer, answer: Answer): boolean;
}

/** A parsed body. */
export type Answer = Readonly<Record<string, unknown>>;

/** Bodies drawn for one cell: more than most cells send. */
const drawCount = 100_000;
/** Of touches with skew, this part goes to a tenth of the sessions. */
const hotShare = 0.9;

/** What is measured. */
export const workloads: readonly Workload[] = [
  {
    name: 'get_session_by_id',
    command: 'get_session_by_id',
    doc: 'one session, drawn uniformly, with `user` and `data`',
    bodies: (source) => draw(source, (random) => ({ session_id: pick(source.ids, random()) })),
    accepts: (body, answer) => answer['id'] === body['session_id'] && isObject(answer['data']),
  },
  {
    name: 'list_user',
    command: 'get_sessions',
    doc: `the ${sessionsPerUser} sessions of one user, drawn uniformly`,
    bodies: (source) =>
      draw(source, (random) => ({
        filter: { user_id: userId(Math.floor(random() * userCount(source.size))) },
        paging: { take: sessionsPerUser },
      })),
    accepts: (_body, answer) => isPage(answer),
  },
  {
    name: 'list_newest',
    command: 'get_sessions',
    doc: `the first page of all sessions, ${sessionsPerUser} rows`,
    bodies: () => [JSON.stringify({ paging: { take: sessionsPerUser } })],
    accepts: (_body, answer) => isPage(answer),
  },
  {
    name: 'touch_session',
    command: 'touch_session',
    doc: 'a beat of a session drawn uniformly',
    beats: true,
    bodies: (source) => draw(source, (random) => ({ session_id: pick(source.ids, random()) })),
    accepts: isBeat,
  },
  {
    name: 'touch_skewed',
    command: 'touch_session',
    doc: 'beats, 90 % of them of a tenth of the sessions, which lie scattered',
    beats: true,
    bodies: (source) =>
      draw(source, (random) => {
        const hot = random() < hotShare;
        const index = Math.floor(random() * source.ids.length);
        return { session_id: source.ids[hot ? index - (index % 10) : index] };
      }),
    accepts: isBeat,
  },
  {
    name: 'open_session',
    command: 'open_session',
    doc: `a new session for one of ${openingUserCount.toLocaleString('en')} users`,
    grows: true,
    bodies: (source) =>
      draw(source, (random) =>
        sampleSession(Math.floor(random() * openingUserCount), Math.floor(random() * 1_000)),
      ),
    accepts: (body, answer) =>
      typeof answer['id'] === 'string' &&
      answer['user_id'] === body['user_id'] &&
      answer['active'] === true &&
      JSON.stringify(answer['data']) === JSON.stringify(body['data']),
  },
];

/** The workload of a name. */
export function workloadOf(name: WorkloadName): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`no workload ${name}`);
  return found;
}

function draw(source: WorkloadSource, make: (random: () => number) => unknown): readonly string[] {
  const random = createRandom(source.size * 31 + source.round);
  return Array.from({ length: drawCount }, () => JSON.stringify(make(random)));
}

function pick(ids: readonly string[], random: number): string {
  return ids[Math.floor(random * ids.length)] ?? '';
}

function isBeat(_body: Answer, answer: Answer): boolean {
  return answer['active'] === true && answer['duplicate'] === false;
}

function isPage(answer: Answer): boolean {
  return Array.isArray(answer['data']) && answer['data'].length === sessionsPerUser;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
