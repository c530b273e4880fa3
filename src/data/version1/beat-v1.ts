import { type Static, Type } from 'typebox';
import { counter, text, time, word } from './fields.js';
import { presenceStatuses } from './words.js';

/** Everything a client can say while it lives (DESIGN §1 "Beat"). */
export const BeatV1Schema = Type.Object(
  {
    session_id: text('The session that is alive.'),
    context_id: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_-]{1,64}$',
        description: 'The tab, process or socket; `default` when absent.',
      }),
    ),
    epoch: Type.Optional(counter('Larger at each page load or process start; default 0.')),
    seq: Type.Optional(
      counter('Larger at each beat of an epoch; one more than the last when absent.'),
    ),
    status: Type.Optional(word(presenceStatuses, 'Stays as it was when absent.')),
    visible: Type.Optional(
      Type.Boolean({ description: 'Whether the context is shown; default true.' }),
    ),
    active: Type.Optional(
      Type.Boolean({ description: 'Whether the person did something; default true.' }),
    ),
    path: Type.Optional(
      Type.Array(text('One part.', 512), {
        minItems: 1,
        maxItems: 2,
        description: 'The page shown: a view, and a tab inside it.',
      }),
    ),
    activity: Type.Optional(text('Name of an event whose time is counted apart.', 512)),
    next_beat: Type.Optional(
      Type.Number({
        description: 'Seconds until the next beat, as promised; clamped to 1 to 3,600.',
      }),
    ),
    ended: Type.Optional(Type.Boolean({ description: 'This context leaves; default false.' })),
  },
  { additionalProperties: false, description: 'A beat.' },
);

/** Everything a client can say while it lives. */
export type BeatV1 = Static<typeof BeatV1Schema>;

/** What the service answers to a beat. */
export const BeatResultV1Schema = Type.Object(
  {
    server_time: time('The clock of the service.'),
    active: Type.Boolean({
      description: 'Whether the session goes on: true, or the beat is a 409.',
    }),
    expire_time: Type.Optional(time('When the session ends if nothing more is heard.')),
    absolute_expire_time: Type.Optional(time('When it ends whatever happens.')),
    status: Type.Optional(
      word(presenceStatuses, 'Of the user, over all contexts; absent while none of them said one.'),
    ),
    next_beat: Type.Number({ description: 'Seconds until the service expects the next beat.' }),
    duplicate: Type.Boolean({
      description: 'Whether (epoch, seq) was not above the stored pair, so that nothing changed.',
    }),
    epoch: counter('The stored epoch of the context.'),
    seq: counter('The stored sequence number of the context.'),
  },
  { additionalProperties: false, description: 'The answer to a beat.' },
);

/** What the service answers to a beat. */
export type BeatResultV1 = Static<typeof BeatResultV1Schema>;
