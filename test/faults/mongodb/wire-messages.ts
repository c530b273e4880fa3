import { BSON } from 'mongodb';

/** A command as it came over the wire, its documents read without any change of type. */
export interface WireCommand {
  readonly requestId: number;
  /** Its first field. */
  readonly name: string;
  readonly document: BSON.Document;
  /** An old OP_QUERY, which a client sends before it knows the server. */
  readonly isQuery: boolean;
}

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const headerBytes = 16;

/** Types stay as they are: what goes on is what came. */
const exact = {
  promoteValues: false,
  promoteLongs: false,
  promoteBuffers: false,
  bsonRegExp: true,
};

/** Cuts a stream of bytes into messages. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that are complete with these bytes. */
  push(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: Buffer[] = [];
    while (this.#rest.length >= 4) {
      const length = this.#rest.readInt32LE(0);
      if (this.#rest.length < length) break;
      messages.push(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
    }
    return messages;
  }
}

/** Reads a command of a client. */
export function parseCommand(message: Buffer): WireCommand {
  const requestId = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  const isQuery = opCode === opQuery;
  if (!isQuery && opCode !== opMsg) throw new Error(`unknown message ${opCode}`);
  const document = isQuery ? readQuery(message) : readSections(message);
  return { requestId, name: Object.keys(document)[0] ?? '', document, isQuery };
}

/** Reads the document of a server's answer. */
export function parseReply(message: Buffer): BSON.Document {
  return readSections(message);
}

/** A command as a message to a server. */
export function composeCommand(requestId: number, document: BSON.Document): Buffer {
  return composeMessage({ requestId, responseTo: 0, document });
}

/** The answer to a command, in the form in which that came. */
export function composeReply(command: WireCommand, document: BSON.Document): Buffer {
  const { requestId, isQuery } = command;
  if (!isQuery) return composeMessage({ requestId: 0, responseTo: requestId, document });
  const body = BSON.serialize(document);
  const flags = Buffer.alloc(20);
  flags.writeInt32LE(8, 0);
  flags.writeInt32LE(1, 16);
  return withHeader({ requestId: 0, responseTo: requestId, opCode: opReply }, [flags, body]);
}

function composeMessage(message: {
  requestId: number;
  responseTo: number;
  document: BSON.Document;
}): Buffer {
  const body = BSON.serialize(message.document);
  return withHeader({ ...message, opCode: opMsg }, [Buffer.alloc(5), body]);
}

function withHeader(
  header: { requestId: number; responseTo: number; opCode: number },
  parts: readonly Uint8Array[],
): Buffer {
  const start = Buffer.alloc(headerBytes);
  const message = Buffer.concat([start, ...parts]);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(header.requestId, 4);
  message.writeInt32LE(header.responseTo, 8);
  message.writeInt32LE(header.opCode, 12);
  return message;
}

function readQuery(message: Buffer): BSON.Document {
  const nameEnd = message.indexOf(0, headerBytes + 4);
  return readDocument(message, nameEnd + 9).document;
}

/** The body, with the sequences of documents beside it (kind 1) where they belong. */
function readSections(message: Buffer): BSON.Document {
  let document: BSON.Document = {};
  const sequences: BSON.Document = {};
  for (let offset = headerBytes + 4; offset < message.length; ) {
    const kind = message.readUInt8(offset);
    if (kind === 0) {
      const read = readDocument(message, offset + 1);
      document = read.document;
      offset = read.end;
    } else {
      const end = offset + 1 + message.readInt32LE(offset + 1);
      const nameEnd = message.indexOf(0, offset + 5);
      sequences[message.toString('utf8', offset + 5, nameEnd)] = readAll(message, nameEnd + 1, end);
      offset = end;
    }
  }
  return { ...document, ...sequences };
}

function readAll(message: Buffer, from: number, end: number): BSON.Document[] {
  const documents: BSON.Document[] = [];
  for (let offset = from; offset < end; ) {
    const read = readDocument(message, offset);
    documents.push(read.document);
    offset = read.end;
  }
  return documents;
}

function readDocument(message: Buffer, offset: number): { document: BSON.Document; end: number } {
  const end = offset + message.readInt32LE(offset);
  return { document: BSON.deserialize(message.subarray(offset, end), exact), end };
}
