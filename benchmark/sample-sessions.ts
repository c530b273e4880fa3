/** Sessions of one user among those present, at every size: so a page of a user is as long. */
export const sessionsPerUser = 20;

/** Users that opens under load are spread over, whatever the size. */
export const openingUserCount = 50_000;

/** Parameters of `open_session`, as all contenders take them. */
export interface SampleSession {
  readonly user_id: string;
  readonly user_name: string;
  readonly address: string;
  readonly client: string;
  readonly user: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How many users `size` sessions belong to. */
export function userCount(size: number): number {
  return Math.max(1, Math.floor(size / sessionsPerUser));
}

/** Id of the user with this number. */
export function userId(number: number): string {
  return `user-${number}`;
}

/** A session of a user: some 310 bytes as JSON. */
export function sampleSession(user: number, number: number): SampleSession {
  return {
    user_id: userId(user),
    user_name: `User number ${user}`,
    address: `10.${user % 200}.${number % 250}.7`,
    client: `client-${number % 5}`,
    user: { id: userId(user), roles: ['member', 'editor'], language: 'en', theme: 'dark' },
    data: { cart: [number, number + 1], page: '/catalogue/items', step: 3, note: 'as it was left' },
  };
}

/** A source of numbers from 0 below 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
