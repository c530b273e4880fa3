import type { Context, Stretch } from '../../domain/context.js';
import type { SessionRecord } from '../../domain/session.js';
import type { OpenRequest } from '../../logic/session-persistence.js';

/** Estimated bytes of things in memory: fixed costs as measured, texts at two bytes a character. */
const sessionCost = 700;
const contextCost = 300;
const stretchCost = 400;
const requestCost = 300;
const characterCost = 2;

/** What a session takes, with its share of the indexes. */
export function recordBytes(record: SessionRecord): number {
  const { id, userId, userName, deviceId, address, client, user, data, contexts } = record;
  const characters =
    id.length +
    userId.length +
    lengthOf(userName) +
    lengthOf(deviceId) +
    lengthOf(address) +
    lengthOf(client) +
    lengthOf(user) +
    lengthOf(data);
  return sessionCost + characterCost * characters + contextsBytes(contexts);
}

/** What the contexts of a session take of that. */
export function contextsBytes(contexts: readonly Context[]): number {
  return contexts.reduce(addContext, 0);
}

/** What a row of the ledger takes, with ids of its own; the other rows of the session share them. */
export function stretchBytes({ activity, path }: Pick<Stretch, 'activity' | 'path'>): number {
  const characters = (path ?? []).reduce((sum, part) => sum + part.length, activity.length);
  return stretchCost + characterCost * characters;
}

/** What a remembered request takes. */
export function requestBytes(userId: string, { requestId, fingerprint }: OpenRequest): number {
  return requestCost + characterCost * (userId.length + requestId.length + fingerprint.length);
}

function addContext(sum: number, { contextId, path, stretches }: Context): number {
  const own = contextCost + stretchBytes({ activity: contextId, ...(path && { path }) });
  return stretches.reduce((bytes, stretch) => bytes + stretchBytes(stretch), sum + own);
}

function lengthOf(text: string | undefined): number {
  return text === undefined ? 0 : text.length;
}
