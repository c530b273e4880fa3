import { type Static, Type } from 'typebox';
import { counter, text } from './fields.js';
import { type SessionV1, SessionV1Schema } from './session-v1.js';
import { closeReasons, sessionKinds } from './words.js';

/** A value that old callers also send as text: its parser says what it must be. */
function orText<Value>(description: string, ...types: readonly string[]) {
  return Type.Unsafe<Value | string>({ type: [...types, 'string'], description });
}

/** The filter of lists and counts; every condition given must hold. */
export const SessionFilterV1Schema = Type.Object(
  {
    id: Type.Optional(text('This session.')),
    user_id: Type.Optional(text('Sessions of this user.')),
    active: Type.Optional(
      orText<boolean | number>(
        'Only live, or only ended ones: a boolean or its text.',
        'boolean',
        'number',
      ),
    ),
    from_time: Type.Optional(
      orText<number>(
        '`from_time <= request_time`: ISO 8601, or milliseconds since 1970.',
        'number',
      ),
    ),
    to_time: Type.Optional(
      orText<number>('`request_time < to_time`: ISO 8601, or milliseconds since 1970.', 'number'),
    ),
    device_id: Type.Optional(text('Sessions from this device.')),
    client: Type.Optional(text('Sessions of this client application.')),
    address: Type.Optional(text('Sessions from this address.')),
    kind: Type.Optional(text(`One of ${sessionKinds.join(', ')}.`)),
    close_reason: Type.Optional(text(`One of ${closeReasons.join(', ')}.`)),
  },
  { additionalProperties: false, description: 'Conditions, all of which must hold.' },
);

/** The filter of lists and counts as callers send it. */
export type SessionFilterV1 = Static<typeof SessionFilterV1Schema>;

/** Which part of a list is wanted. */
export const PagingV1Schema = Type.Object(
  {
    skip: Type.Optional(
      orText<number>('Rows to pass over, from 0; slow when deep, see `cursor`.', 'number'),
    ),
    take: Type.Optional(
      orText<number>(
        'Rows wanted: from 1, default 100, capped by `options.max_page_size`.',
        'number',
      ),
    ),
    total: Type.Optional(
      orText<boolean | number>('Whether to count all rows; default false.', 'boolean', 'number'),
    ),
    cursor: Type.Optional(text('`next_cursor` of the page before, with the same filter.', 512)),
  },
  { additionalProperties: false, description: 'Which part of a list is wanted.' },
);

/** Which part of a list is wanted, as callers send it. */
export type PagingV1 = Static<typeof PagingV1Schema>;

/** One page of a list, newest first. */
export const SessionPageV1Schema = Type.Object(
  {
    total: Type.Union([counter('All rows of the filter.'), Type.Null()], {
      description: 'All rows of the filter; null unless `paging.total` was true.',
    }),
    data: Type.Array(SessionV1Schema, { description: 'Sessions without `user` and `data`.' }),
    next_cursor: Type.Optional(text('Where the next page starts; absent after the last row.', 512)),
  },
  { additionalProperties: false, description: 'One page of a list.' },
);

/** One page of a list, newest first. */
export interface SessionPageV1 {
  readonly total: number | null;
  readonly data: readonly SessionV1[];
  readonly next_cursor?: string;
}
