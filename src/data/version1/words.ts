/** Which protocol opened a session. */
export const sessionKinds = ['rpc', 'token', 'web', 'workstation', 'presence'] as const;
/** Which protocol opened a session. */
export type SessionKind = (typeof sessionKinds)[number];

/** Why a session ended. */
export const closeReasons = [
  'logout',
  'idle',
  'lifetime',
  'limit',
  'superseded',
  'admin',
  'deleted',
  'reuse',
  'restored',
] as const;
/** Why a session ended. */
export type CloseReason = (typeof closeReasons)[number];

/** What a client says of its user. */
export const presenceStatuses = ['available', 'busy', 'away'] as const;
/** What a client says of its user. */
export type PresenceStatus = (typeof presenceStatuses)[number];

/** The context of a beat that names none. */
export const defaultContextId = 'default';
