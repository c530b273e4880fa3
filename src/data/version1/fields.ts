import { Type } from 'typebox';
import Format from 'typebox/format';
import { isWellFormedText, textFormat } from './text-format.js';

Format.Set(textFormat, isWellFormedText);

/** Ten years in milliseconds: the longest timeout (specs: rpc-v1, last section). */
export const maxTimeoutMs = 10 * 365 * 24 * 3_600_000;

/** Text of 1 to `maxLength` characters (code points), well-formed and without NUL. */
export function text(description: string, maxLength = 256) {
  return Type.String({ minLength: 1, maxLength, format: textFormat, description });
}

/** A point in time on the wire: ISO 8601, UTC, with milliseconds. */
export function time(description: string) {
  return Type.String({ format: 'date-time', description });
}

/** A duration of 1 ms to 10 years, in whole milliseconds. */
export function timeout(description: string) {
  return Type.Integer({ minimum: 1, maximum: maxTimeoutMs, description });
}

/** Any JSON value, kept as it came. */
export function anyJson(description: string) {
  return Type.Unknown({ description });
}

/** A whole number from `minimum` to the largest safe integer. */
export function counter(description: string, minimum = 0) {
  return Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description });
}

/** One of a closed set of words. */
export function word<Words extends string>(words: readonly Words[], description: string) {
  return Type.Unsafe<Words>(Type.Enum([...words], { description }));
}
