import { isAscii, isUtf8 } from 'node:buffer';
import { type JsonValue, maxJsonDepth } from '../../data/version1/json.js';
import { invalidJson } from '../../errors/makers.js';

const quote = 34;
const comma = 44;
const minus = 45;
const colon = 58;
const backslash = 92;
const [objectStart, objectEnd, arrayStart, arrayEnd] = [123, 125, 91, 93];

/** A literal of fewer characters is a whole number that a double holds, when it is one. */
const safeLength = 16;

/**
 * The JSON value of a request body (specs: rpc-v1, error table). Nothing at all is `{}`.
 *
 * Refused beyond what `JSON.parse` refuses: what is not UTF-8, a byte order mark, two equal keys in
 * one object (after unescaping), nesting deeper than {@link maxJsonDepth}, a number that is too
 * large for a double or too small to differ from 0, and a whole number, however it is written, that
 * an answer would write as another one. A key `__proto__` is a plain key of its object.
 * @throws INVALID_JSON naming the reason and, where there is one, the position in the text.
 */
export function parseStrictJson(bytes: Buffer): JsonValue {
  if (bytes.length === 0) return {};
  if (!isUtf8(bytes)) throw invalidJson('it is not UTF-8');
  const text = isAscii(bytes) ? bytes.toString('latin1') : bytes.toString();
  if (text.startsWith('\uFEFF')) throw invalidJson('it starts with a byte order mark');
  const value = parse(text);
  // Of equal keys in one object the parser keeps the last.
  if (checkTokens(text) !== countKeys(value)) refuseRepeatedKey(text);
  return value;
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (caught) {
    // The engine's own words quote the body; only the position is taken over.
    const position = caught instanceof Error && /position (\d+)/.exec(caught.message)?.[1];
    throw invalidJson(`it breaks the grammar${position ? ` at position ${position}` : ''}`);
  }
}

/** Looks at the nesting and the numbers of a text that is known to be JSON; how many keys it has. */
function checkTokens(text: string): number {
  let keyCount = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === quote) {
      at = endOfString(text, at);
    } else if (char === colon) {
      keyCount += 1;
    } else if (char === objectStart || char === arrayStart) {
      depth += 1;
      if (depth > maxJsonDepth) {
        throw invalidJson(`it is nested deeper than ${maxJsonDepth} at position ${at}`);
      }
    } else if (char === objectEnd || char === arrayEnd) {
      depth -= 1;
    } else if (char === minus || (char >= 48 && char <= 57)) {
      at = checkNumber(text, at) - 1;
    }
  }
  return keyCount;
}

/** How many keys a value has, at any depth. */
function countKeys(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  const parts: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : parts.length;
  for (const part of parts) {
    if (typeof part === 'object') count += countKeys(part);
  }
  return count;
}

/** Finds the key that a text, known to be JSON, has twice in one object. */
function refuseRepeatedKey(text: string): never {
  const open: (Set<string> | null)[] = [];
  let keyFollows = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === quote) {
      const end = endOfString(text, at);
      if (keyFollows) addKey(open.at(-1), JSON.parse(text.slice(at, end + 1)) as string, at);
      keyFollows = false;
      at = end;
    } else if (char === comma) {
      keyFollows = open.at(-1) !== null;
    } else if (char === objectStart || char === arrayStart) {
      keyFollows = char === objectStart;
      open.push(keyFollows ? new Set() : null);
    } else if (char === objectEnd || char === arrayEnd) {
      open.pop();
    }
  }
  throw invalidJson('a key is repeated');
}

function addKey(keys: Set<string> | null | undefined, key: string, at: number): void {
  if (keys?.has(key)) {
    throw invalidJson(`key ${JSON.stringify(key)} is repeated at position ${at}`);
  }
  keys?.add(key);
}

/** Where the quote stands that ends the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (text.charCodeAt(end - 1) === backslash && isEscaped(text, end)) {
    end = text.indexOf('"', end + 1);
  }
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text.charCodeAt(start - 1) === backslash) start -= 1;
  return (at - start) % 2 === 1;
}

/** Where the number that starts at `start` has ended. */
function checkNumber(text: string, start: number): number {
  let end = start + 1;
  while (isNumberChar(text.charCodeAt(end))) end += 1;
  if (end - start >= safeLength || hasExponent(text, start, end)) {
    const reason = refusedNumber(text.slice(start, end));
    if (reason !== undefined) throw invalidJson(`the number at position ${start} ${reason}`);
  }
  return end;
}

function isNumberChar(char: number): boolean {
  const isDigit = char >= 48 && char <= 57;
  return isDigit || char === 46 || char === 43 || char === 45 || (char | 32) === 101;
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if ((text.charCodeAt(at) | 32) === 101) return true;
  }
  return false;
}

function refusedNumber(literal: string): string | undefined {
  const value = Number(literal);
  if (!Number.isFinite(value)) return 'is too large';
  if (value === 0 && /[1-9]/.test(literal.split(/e/i, 1)[0] ?? '')) return 'is too small';
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return undefined;
  const decimal = toDecimal(literal);
  const isWhole = decimal.exponent >= 0;
  return isWhole && !isSame(decimal, toDecimal(String(value)))
    ? 'cannot be held exactly'
    : undefined;
}

/** A literal as its digits without zeros at either end, and the power of ten behind them. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

function toDecimal(literal: string): Decimal {
  const [mantissa = '', power = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const written = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = written.replace(/0+$/, '');
  const exponent = Number(power) - fraction.length + written.length - digits.length;
  return { digits, exponent };
}

function isSame(one: Decimal, other: Decimal): boolean {
  return one.digits === other.digits && one.exponent === other.exponent;
}
