/** What the rules of the service take from Node; in a page only very large documents need it. */
declare const Buffer: {
  /** Bytes of a text in UTF-8. */
  byteLength(text: string): number;
};
