import { type Static, Type } from 'typebox';
import { counter, text } from './fields.js';
import { closeReasons, type SessionV1, SessionV1Schema, sessionKinds } from './session-v1.js';

/** A value that old callers may also send as text (specs: rpc-v1, "What old callers send"). */
function orText(description: string, ...schemas: Parameters<typeof Type.Union>[0]) {
  return Type.Unsafe<unknown>(
    Type.Union([...schemas, Type.String(), Type.Null()], { description }),
  );
}

function orNull(description: string) {
  return Type.Union([text(description), Type.Null()], { description });
}

/** The filter of lists and counts; every condition given must hold. */
export const SessionFilterV1Schema = Type.Object(
  {
    id: Type.Optional(orNull('This session.')),
    user_id: Type.Optional(orNull('Sessions of this user.')),
    active: Type.Optional(
      orText(
        'Only live, or only ended ones: a boolean or its text.',
        Type.Boolean(),
        Type.Number(),
      ),
    ),
    from_time: Type.Optional(
      orText('`from_time <= request_time`: ISO 8601, or milliseconds since 1970.', Type.Number()),
    ),
    to_time: Type.Optional(
      orText('`request_time < to_time`: ISO 8601, or milliseconds since 1970.', Type.Number()),
    ),
    device_id: Type.Optional(orNull('Sessions from this device.')),
    client: Type.Optional(orNull('Sessions of this client application.')),
    address: Type.Optional(orNull('Sessions from this address.')),
    kind: Type.Optional(orNull(`One of ${sessionKinds.join(', ')}.`)),
    close_reason: Type.Optional(orNull(`One of ${closeReasons.join(', ')}.`)),
  },
  { additionalProperties: false, description: 'Conditions, all of which must hold.' },
);

/** The filter of lists and counts as callers send it. */
export type SessionFilterV1 = Static<typeof SessionFilterV1Schema>;

/** Which part of a list is wanted. */
export const PagingV1Schema = Type.Object(
  {
    skip: Type.Optional(
      orText('Rows to pass over, from 0; slow when deep, see `cursor`.', Type.Number()),
    ),
    take: Type.Optional(
      orText('Rows wanted: from 1, default 100, capped by `options.max_page_size`.', Type.Number()),
    ),
    total: Type.Optional(
      orText('Whether to count all rows; default false.', Type.Boolean(), Type.Number()),
    ),
    cursor: Type.Optional(
      Type.Union([
        text('`next_cursor` of the page before, with the same filter.', 512),
        Type.Null(),
      ]),
    ),
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
