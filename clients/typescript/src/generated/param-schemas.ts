// Made by clients/typescript/generate.ts from src/data/version1/commands.ts: npm run docs.

import type { CommandTypes } from './commands.js';

/** What a JSON schema of a parameter can say; no object takes unknown properties. */
export interface ParamSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, ParamSchema>>;
  readonly required?: readonly string[];
  readonly items?: ParamSchema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The parameters of each command. */
export const paramSchemas: Readonly<Record<keyof CommandTypes, ParamSchema>> = {
  open_session: { type: "object", required: ["user_id"], properties: { user_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, user_name: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, address: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, client: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, user: {  }, data: {  }, device_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, kind: { enum: ["rpc","web"] }, idle_timeout: { type: "integer", minimum: 1, maximum: 315360000000 }, absolute_timeout: { type: "integer", minimum: 1, maximum: 315360000000 }, request_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" } } },
  get_sessions: { type: "object", properties: { filter: { type: "object", properties: { id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, user_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, active: { type: ["boolean","number","string"] }, from_time: { type: ["number","string"] }, to_time: { type: ["number","string"] }, device_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, client: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, address: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, kind: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, close_reason: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" } } }, paging: { type: "object", properties: { skip: { type: ["number","string"] }, take: { type: ["number","string"] }, total: { type: ["boolean","number","string"] }, cursor: { type: "string", minLength: 1, maxLength: 512, format: "well-formed-text" } } } } },
  get_session_by_id: { type: "object", required: ["session_id"], properties: { session_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, data: {  } } },
  store_session_data: { type: "object", required: ["session_id","data"], properties: { session_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, data: {  }, revision: { type: "integer", minimum: 0, maximum: 9007199254740991 } } },
  patch_session_data: { type: "object", required: ["session_id","patch"], properties: { session_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, patch: {  }, revision: { type: "integer", minimum: 0, maximum: 9007199254740991 } } },
  update_session_user: { type: "object", required: ["session_id","user"], properties: { session_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, user: {  }, revision: { type: "integer", minimum: 0, maximum: 9007199254740991 } } },
  touch_session: { type: "object", required: ["session_id"], properties: { session_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, context_id: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" }, epoch: { type: "integer", minimum: 0, maximum: 9007199254740991 }, seq: { type: "integer", minimum: 0, maximum: 9007199254740991 }, status: { enum: ["available","busy","away"] }, visible: { type: "boolean" }, active: { type: "boolean" }, path: { type: "array", items: { type: "string", minLength: 1, maxLength: 512, format: "well-formed-text" }, minItems: 1, maxItems: 2 }, activity: { type: "string", minLength: 1, maxLength: 512, format: "well-formed-text" }, next_beat: { type: "number" }, ended: { type: "boolean" } } },
  close_session: { type: "object", required: ["session_id"], properties: { session_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, reason: { enum: ["logout","admin"] } } },
  close_user_sessions: { type: "object", required: ["user_id"], properties: { user_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, except_session_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, reason: { enum: ["logout","admin"] } } },
  close_expired_sessions: { type: "object", properties: {  } },
  count_sessions: { type: "object", properties: { filter: { type: "object", properties: { id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, user_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, active: { type: ["boolean","number","string"] }, from_time: { type: ["number","string"] }, to_time: { type: ["number","string"] }, device_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, client: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, address: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, kind: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" }, close_reason: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" } } } } },
  delete_session_by_id: { type: "object", required: ["session_id"], properties: { session_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" } } },
  delete_user_sessions: { type: "object", required: ["user_id"], properties: { user_id: { type: "string", minLength: 1, maxLength: 256, format: "well-formed-text" } } },
};
