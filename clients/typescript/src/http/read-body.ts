/** A body that is longer than is read. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * The whole body of an answer as text; nothing of it is left unread, so that the connection can
 * serve the next call.
 * @throws BodyTooLargeError, TypeError for a body that breaks off or is no UTF-8.
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
      throw new BodyTooLargeError();
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}
