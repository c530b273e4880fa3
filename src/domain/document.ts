import { type JsonValue, maxJsonDepth } from '../data/version1/json.js';
import { documentTooLarge, invalidData } from '../errors/makers.js';

/** Largest `data` and largest `user`, as JSON text in UTF-8. */
export const maxDocumentBytes = 262_144;

/** A document inside a request is one level below its root. */
const maxDepth = maxJsonDepth - 1;

/**
 * A JSON value as the text that stores keep.
 * @throws INVALID_DATA for what JSON cannot hold or would change (no number, -0, too deep),
 *   BODY_TOO_LARGE above {@link maxDocumentBytes}.
 */
export function encodeDocument(field: string, value: JsonValue): string {
  const reason = refusal(value, maxDepth);
  if (reason !== undefined) throw invalidData([{ path: `/${field}`, reason }]);
  const text = JSON.stringify(value);
  // Three bytes a code unit at most: short texts need no count.
  const bytes = text.length * 3 <= maxDocumentBytes ? 0 : new TextEncoder().encode(text).length;
  if (bytes > maxDocumentBytes) throw documentTooLarge(field, bytes, maxDocumentBytes);
  return text;
}

/** The value of a text made by {@link encodeDocument}. */
export function decodeDocument(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

function refusal(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return refusedNumber(value);
    case 'object':
      return value === null ? undefined : refusedObject(value, depth);
    default:
      return `holds a ${typeof value}, which JSON cannot`;
  }
}

function refusedNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return 'holds a number that JSON cannot';
  return Object.is(value, -0) ? 'holds -0, which JSON text does not keep' : undefined;
}

function refusedObject(value: object, depth: number): string | undefined {
  if (depth === 0) return `is nested more than ${maxDepth} deep`;
  if (!Array.isArray(value) && !isPlain(value)) return 'holds an object that is not plain JSON';
  for (const key of Object.keys(value)) {
    const reason = refusal((value as Record<string, unknown>)[key], depth - 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
