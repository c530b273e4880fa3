import type { Filter } from 'mongodb';
import type { SessionFilter } from '../../domain/filter.js';
import type { SessionQuery } from '../../logic/session-persistence.js';
import { dueMinuteOf } from './schema.js';
import type { SessionDocument } from './session-documents.js';

/** Conditions on the documents of sessions. */
export type SessionConditions = Filter<SessionDocument>;

/** The fields that a filter compares, by its names. */
const fields = [
  ['id', '_id'],
  ['userId', 'user_id'],
  ['deviceId', 'device_id'],
  ['client', 'client'],
  ['address', 'address'],
  ['kind', 'kind'],
] as const satisfies readonly (readonly [keyof SessionFilter, keyof SessionDocument])[];

/**
 * The sessions of a filter, as parts: what is past its deadline with no end written, and what is live
 * or ended by the index of its list. A sweep moves sessions from each part to the one behind it only:
 * who asks for them in this order misses none, and may find one twice. None when none can be.
 */
export function toParts(filter: SessionFilter, now: number): readonly SessionConditions[] {
  const { active, closeReason } = filter;
  const same = { ...equalities(filter), ...times(filter) };
  const due = { ...same, active: true, due_minute: { $lte: dueMinuteOf(now) }, ...past(now) };
  if (closeReason !== undefined) {
    if (active === true) return [];
    const ended = { ...same, active: false, close_reason: closeReason };
    const isOfTime = closeReason === 'idle' || closeReason === 'lifetime';
    return isOfTime ? [{ ...due, expire_reason: closeReason }, ended] : [ended];
  }
  if (active === undefined) return [{ ...same, active: { $in: [false, true] } }];
  if (active) return [{ ...same, active: true, expire_time: { $gte: now } }];
  return [due, { ...same, active: false }];
}

/** The same behind a place in the order of lists. */
export function behind(
  conditions: SessionConditions,
  after: SessionQuery['after'],
): SessionConditions {
  if (after === undefined) return conditions;
  const { openTime, id } = after;
  return {
    $and: [
      conditions,
      // The first condition is a range of the index; the other takes the ties off its beginning.
      { open_time: { $lte: openTime } },
      { $or: [{ open_time: { $lt: openTime } }, { open_time: openTime, _id: { $gt: id } }] },
    ],
  };
}

function past(now: number) {
  return { expire_time: { $lt: now } };
}

/** Values as values, whatever they look like. */
function equalities(filter: SessionFilter): SessionConditions {
  const pairs = fields.flatMap(([name, field]) => {
    const value = filter[name];
    return value === undefined ? [] : [[field, { $eq: value }] as const];
  });
  return Object.fromEntries(pairs) as SessionConditions;
}

function times({ fromTime, toTime }: SessionFilter): SessionConditions {
  if (fromTime === undefined && toTime === undefined) return {};
  return {
    request_time: {
      ...(fromTime === undefined ? {} : { $gte: fromTime }),
      ...(toTime === undefined ? {} : { $lt: toTime }),
    },
  };
}
