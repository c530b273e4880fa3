import type { TObject, TSchema } from 'typebox';

/** What a credential must allow: `read`, `write`, `admin` or `system` (QUALITY "Security"). */
export type Role = 'read' | 'write' | 'admin' | 'system';

/** One row of the table of commands. */
export interface CommandDefinition {
  /** One line of documentation. */
  readonly summary: string;
  /** Role that a caller with a key needs. */
  readonly role: Role;
  /** Whether repeating the call after a lost answer changes nothing more. */
  readonly idempotent: boolean;
  /** The parameters: a closed object. */
  readonly params: TObject;
  /** The answer when there is one. */
  readonly result: TSchema;
  /** Whether the answer may be absent: `null`, on the wire 204. */
  readonly nullable: boolean;
}
