import { type Static, Type } from 'typebox';
import { anyJson, counter, text, time, word } from './fields.js';
import type { JsonValue } from './json.js';
import { closeReasons, sessionKinds } from './words.js';

/** A session as it crosses the wire; fields without a value are left out (specs: rpc-v1). */
export const SessionV1Schema = Type.Object(
  {
    id: text('Unique id, made by the service: 43 characters of base64url.'),
    user_id: text('The user who signed in.'),
    user_name: Type.Optional(text('Full name of the user, for information.')),
    active: Type.Boolean({ description: 'Whether the session goes on.' }),
    open_time: time('When it was opened.'),
    request_time: time('When it was last changed or beaten.'),
    close_time: Type.Optional(time('When it ended.')),
    address: Type.Optional(text('Address of the client.')),
    client: Type.Optional(text('Name of the client application.')),
    user: Type.Optional(anyJson('What the caller knows of the user; never in lists.')),
    data: Type.Optional(anyJson('What the session holds; never in lists.')),
    device_id: Type.Optional(text('The device or computer the user signed in from.')),
    kind: word(sessionKinds, 'Which protocol opened it.'),
    close_reason: Type.Optional(word(closeReasons, 'Why it ended; absent while active.')),
    expire_time: Type.Optional(time('When it ends if nothing more is heard.')),
    absolute_expire_time: Type.Optional(time('When it ends whatever happens.')),
    revision: counter('Number of changes of data or user.'),
  },
  { additionalProperties: false, description: 'A session.' },
);

/** A session as it crosses the wire. */
export interface SessionV1 extends Omit<Static<typeof SessionV1Schema>, 'user' | 'data'> {
  readonly user?: JsonValue;
  readonly data?: JsonValue;
}
