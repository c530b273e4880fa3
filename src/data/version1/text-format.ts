/** Name of the schema format of text parameters. */
export const textFormat = 'well-formed-text';

/** Whether a text is well-formed Unicode without NUL (specs: rpc-v1, last section). */
export function isWellFormedText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}
