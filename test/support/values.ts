/** A value with everything in it frozen, so that who writes to it fails. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}

/** Writes over everything in a value, as far as it lets itself be written to. */
export function scribble(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>;
    scribble(holder[key]);
    Reflect.set(holder, key, 'scribbled');
  }
}

/** Texts that stores have been known to change, to mix up, or to take for something else. */
export const nastyTexts: readonly string[] = [
  '😀',
  '😀'.repeat(256),
  'é',
  'e\u0301',
  'É',
  '__proto__',
  'constructor',
  'toString',
  '$ne',
  '$where',
  'a.b.c',
  '{"$ne":null}',
  "'; DROP TABLE sessions; --",
  'say "hi"',
  'back\\slash',
  '%',
  '_',
  '*',
  ' ',
  ' padded ',
  'padded',
  'line\nbreak\r\n\ttab',
  '\u0001\u001f\u007f',
  '\u2028\u2029\ufeff\u200f',
  'null',
  'undefined',
  'true',
  '1',
  '01',
  '1.0',
  '1e0',
  '-0',
  '0x1',
  'İIıi',
  'ß',
  'ss',
];

/** Values that are hard to keep as they came. */
export const nastyDocuments: readonly string[] = [
  'null',
  'true',
  '0',
  '""',
  '[]',
  '{}',
  '-1.5e-300',
  '9007199254740991',
  '"\\u0000 inside \\u0000"',
  '"\\ud800 alone, \\udfff alone"',
  '{"\\u0000":"\\u0000","\\ud800":"\\udc00"}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  '{"$ne":null,"a.b":{"$where":"1"},"":{"":""},"0":"zero first"}',
  '{"b":1,"a":2}',
  JSON.stringify(nastyTexts),
];
