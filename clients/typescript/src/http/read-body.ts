/** A body that arrived and cannot be used. */
export class UnreadableBodyError extends Error {
  override readonly name = 'UnreadableBodyError';
}

/**
 * The whole body of an answer as text; nothing of it is left unread, so that the connection can
 * serve the next call.
 * @throws UnreadableBodyError for one that is too large or no UTF-8, saying which; what `fetch`
 * throws for one that breaks off.
 */
export async function readBody(response: Response, limitBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = response.body?.getReader();
  let text = '';
  let bytes = 0;
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > limitBytes) {
      await reader?.cancel();
      throw new UnreadableBodyError('it is too large');
    }
    text += decode(decoder, part.value);
  }
  return text + decode(decoder);
}

/** The text of the next bytes; without any, what is left at the end. */
function decode(decoder: InstanceType<typeof TextDecoder>, bytes?: Uint8Array): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch (caught) {
    throw new UnreadableBodyError('it is no UTF-8', { cause: caught });
  }
}
