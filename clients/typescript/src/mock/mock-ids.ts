/** An id as the service makes them: 32 random bytes as base64url, 43 characters. */
export function createMockId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(32));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
}
