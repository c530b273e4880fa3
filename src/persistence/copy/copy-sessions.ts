import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { invalidConfig } from '../../errors/makers.js';
import {
  type CopyPart,
  type CopyPlace,
  type CopySource,
  type CopyTarget,
  copyParts,
  copyTextOf,
} from './copy-store.js';

/** What a copy is doing. */
interface CopyProgress {
  readonly step: 'copy' | 'verify';
  readonly part: CopyPart;
  readonly done: number;
  readonly total: number;
}

/** What {@link copySessions} can be told. */
export interface CopyOptions {
  /** Hears of each page. */
  readonly onProgress?: (progress: CopyProgress) => void;
}

/** What a copy did. */
export interface CopyReport {
  /** Whether an earlier run had begun it. */
  readonly resumed: boolean;
  readonly parts: Readonly<Record<CopyPart, CopyTotal>>;
  /** Records of the source that could not be read, and are not in the target. */
  readonly damagedCount: number;
  /** The first of them, each in words. */
  readonly damaged: readonly string[];
}

/** A part of a store in two figures, which are equal for equal stores. */
interface CopyTotal {
  readonly count: number;
  /** Sum of the digests of all records, whatever their order. */
  readonly checksum: string;
}

const pageSize = 500;
const damagedLimit = 100;
const digestBytes = 16;

/**
 * Copies everything that a store holds, as it is, into an empty one, or goes on with a copy that was
 * cut off; then reads both and compares them, and only then lets the target be served.
 * @throws INVALID_CONFIG when the target is not what the source is, or the source was served.
 */
export async function copySessions(
  source: CopySource,
  target: CopyTarget,
  { onProgress }: CopyOptions = {},
): Promise<CopyReport> {
  const place = await target.begin(source.name);
  for (const part of partsFrom(place)) {
    const after = part === place?.part ? place.after : undefined;
    await copyPart(source, target, { part, after, onProgress });
  }
  const damaged: string[] = [];
  const parts: Partial<Record<CopyPart, CopyTotal>> = {};
  for (const part of copyParts) {
    parts[part] = await comparePart(source, target, { part, damaged, onProgress });
  }
  await source.assertUnchanged?.();
  await target.finish();
  return {
    resumed: place !== undefined,
    parts: parts as Record<CopyPart, CopyTotal>,
    damagedCount: damaged.length,
    damaged: damaged.slice(0, damagedLimit),
  };
}

/** The parts that are still to be copied. */
function partsFrom(place: CopyPlace | undefined): readonly CopyPart[] {
  return place?.part === 'end' ? [] : copyParts.slice(copyParts.indexOf(place?.part ?? 'sessions'));
}

function following(part: CopyPart): CopyPlace['part'] {
  return copyParts[copyParts.indexOf(part) + 1] ?? 'end';
}

interface PartOptions {
  readonly part: CopyPart;
  readonly onProgress: CopyOptions['onProgress'];
}

async function copyPart(
  source: CopySource,
  target: CopyTarget,
  { part, after, onProgress }: PartOptions & { readonly after: string | undefined },
): Promise<void> {
  const total = await source.count(part);
  let done = after === undefined ? 0 : await target.count(part);
  for (let behind = after; ; ) {
    const { records, damaged, next } = await source.read(part, behind, pageSize);
    const place = next === undefined ? { part: following(part) } : { part, after: next };
    await target.write(part, records, place);
    behind = next;
    done += records.length + damaged.length;
    onProgress?.({ step: 'copy', part, done, total: Math.max(total, done) });
    if (next === undefined) return;
    await nextTurn();
  }
}

async function comparePart(
  source: CopySource,
  target: CopyTarget,
  { part, damaged, onProgress }: PartOptions & { readonly damaged: string[] },
): Promise<CopyTotal> {
  const total = (await source.count(part)) + (await target.count(part));
  let done = 0;
  const hear = (records: number): void => {
    done += records;
    onProgress?.({ step: 'verify', part, done, total: Math.max(total, done) });
  };
  const is = await totalOf(target, part, { hear, damaged: [] });
  const should = await totalOf(source, part, { hear, damaged });
  if (is.count === should.count && is.checksum === should.checksum) return is;
  throw invalidConfig(
    target.name,
    `its ${part} are not those of ${source.name} (${is.count} and ${should.count}, checksums ` +
      `${is.checksum} and ${should.checksum}): one of them was changed during the copy; ` +
      'begin anew with --restart',
  );
}

async function totalOf(
  store: CopySource,
  part: CopyPart,
  { hear, damaged }: { readonly hear: (records: number) => void; readonly damaged: string[] },
): Promise<CopyTotal> {
  let [count, sum] = [0, 0n];
  for (let after: string | undefined; ; ) {
    const page = await store.read(part, after, pageSize);
    for (const record of page.records) sum += digestOf(copyTextOf(part, record));
    count += page.records.length;
    for (const reason of page.damaged) damaged.push(reason);
    hear(page.records.length + page.damaged.length);
    after = page.next;
    if (after === undefined) break;
    await nextTurn();
  }
  const checksum = BigInt.asUintN(8 * digestBytes, sum);
  return { count, checksum: checksum.toString(16).padStart(2 * digestBytes, '0') };
}

function digestOf(text: string): bigint {
  const digest = createHash('sha256').update(text).digest('hex');
  return BigInt(`0x${digest.slice(0, 2 * digestBytes)}`);
}
