/** Any value that JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object: keys are made by callers, so never read one without asking whether it is there. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Deepest nesting of a request body, the root counting as one (specs: rpc-v1, error table). */
export const maxJsonDepth = 32;
