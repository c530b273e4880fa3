import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { measureRecords, type RecordSizes, recordMix } from './record-sizes.js';

const path = new URL(
  import.meta.url.includes('/dist/') ? '../../docs/scaling.md' : './scaling.md',
  import.meta.url,
);

const sessionCounts = [1e6, 1e7, 1e8] as const;
const gigabyte = 1e9;

/** The tables of docs/scaling.md, by the key in their marks. */
export function scalingTables(sizes: RecordSizes): Readonly<Record<string, string>> {
  return { 'record-sizes': sizeTable(sizes), 'store-sizes': storeTable(sizes) };
}

/** The document as the code has it now, and whether the file says the same. */
export async function generateScaling(): Promise<{ text: string; current: boolean }> {
  const tables = scalingTables(await measureRecords());
  const before = readFileSync(path, 'utf8');
  const text = before.replaceAll(
    /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_part, start: string, key: string, end: string) => {
      const table = tables[key];
      if (table === undefined) throw new Error(`scaling.md: no table "${key}" is generated`);
      return `${start}\n${table}\n\n${end}`;
    },
  );
  return { text, current: text === before };
}

function sizeTable(sizes: RecordSizes): string {
  return table(
    ['record', 'document', 'entries in indexes'],
    [
      ['a live session', bytes(sizes.liveDocument), bytes(sizes.liveEntries)],
      ['an ended session', bytes(sizes.endedDocument), bytes(sizes.endedEntries)],
      ['a stretch of the ledger', bytes(sizes.stretchDocument), bytes(sizes.stretchEntries)],
      ['a request id, kept for a day', bytes(sizes.request), 'included'],
      ['the limit of a user, kept for a day', bytes(sizes.limit), 'included'],
      ['each document where the shard key is a hash', '', bytes(sizes.hashedEntry)],
      ['what a beat changes', bytes(sizes.beat), '0 to 1 entry'],
      ['file store: a session, its stretches and all indexes', bytes(sizes.file), 'included'],
    ],
  );
}

function storeTable(sizes: RecordSizes): string {
  const { liveShare, stretchesPerSession } = recordMix;
  const rows = sessionCounts.map((count) => {
    const live = count * liveShare;
    const ended = count - live;
    const stretches = count * stretchesPerSession;
    const documents = live * sizes.liveDocument + ended * sizes.endedDocument;
    const indexes = live * sizes.liveEntries + ended * sizes.endedEntries;
    const ledger = stretches * (sizes.stretchDocument + sizes.stretchEntries);
    const hot = live * sizes.liveDocument + indexes;
    return [
      count.toLocaleString('en'),
      ...[documents, indexes, ledger, hot, count * sizes.file].map(gigabytes),
    ];
  });
  const head = ['sessions', 'documents', 'their indexes', 'ledger with indexes', 'memory', 'file'];
  return table(head, rows);
}

function bytes(value: number): string {
  return `${Math.round(value).toLocaleString('en')} B`;
}

function gigabytes(value: number): string {
  return `${Number((value / gigabyte).toPrecision(2)).toLocaleString('en')} GB`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const marks = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, marks, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { text, current } = await generateScaling();
  if (!current) writeFileSync(path, text);
  process.stdout.write(`${current ? 'current' : 'written'}: scaling.md\n`);
}
