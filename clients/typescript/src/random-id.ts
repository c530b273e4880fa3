/** 128 random bits in hex; works on pages without TLS too, unlike `crypto.randomUUID`. */
export function createRandomId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
