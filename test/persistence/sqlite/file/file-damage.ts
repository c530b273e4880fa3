import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';

/** Flips a bit, the lowest unless told, of the byte at an offset of a file. */
export function flipBitAt(path: string, offset: number, bit = 1): void {
  const byte = readFileSync(path)[offset] ?? 0;
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.from([byte ^ bit]), 0, 1, offset);
  } finally {
    closeSync(file);
  }
}

/** Changes a database by SQL, beside the store that may have it open. */
export function changeFile(path: string, sql: string): void {
  const connection = new Connection(path);
  connection.exec(sql);
  connection.close();
}

/** Where some bytes stand in a file. */
export function offsetsOf(path: string, bytes: string | Buffer): readonly number[] {
  const content = readFileSync(path);
  const offsets: number[] = [];
  for (let at = content.indexOf(bytes); at >= 0; at = content.indexOf(bytes, at + 1)) {
    offsets.push(at);
  }
  return offsets;
}

/** A whole number as SQLite keeps a time of today: six bytes, the highest first. */
export function storedTime(time: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeIntBE(time, 0, 6);
  return bytes;
}

/** Where the first page of a table or an index begins in a database that nobody writes. */
export function rootPageOf(path: string, name: string): number {
  const connection = new Connection(path, { readOnly: true });
  const sql = 'SELECT rootpage FROM sqlite_schema WHERE name = ?';
  const page = Number(connection.prepare(sql).get(name)?.[0]);
  const size = Number(connection.pragma('page_size'));
  connection.close();
  return (page - 1) * size;
}
