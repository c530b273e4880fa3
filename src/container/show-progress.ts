/** How far long work is. */
export interface Progress {
  /** The work. */
  readonly step: string;
  /** What of it is going on. */
  readonly part: string;
  readonly done: number;
  readonly total: number;
}

/** Where progress is shown. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const barWidth = 30;
/** Elsewhere than on a terminal a line comes with each tenth. */
const lineCount = 10;

/**
 * Shows how far long work is: a bar on a terminal, elsewhere a line now and then.
 * `now`: milliseconds that only go forward.
 */
export function showProgress(
  output: ProgressOutput,
  now: () => number = () => performance.now(),
): (progress: Progress) => void {
  let shown = '';
  let start = now();
  let first = 0;
  return (progress) => {
    const { step, part, done, total } = progress;
    const name = `${step} ${part}`;
    const tenth = total === 0 ? lineCount : Math.floor((lineCount * done) / total);
    const isNew = !shown.startsWith(`${name} `);
    if (isNew) [start, first] = [now(), done];
    const rate = (1_000 * (done - first)) / Math.max(1, now() - start);
    const line = describe(progress, isNew ? 0 : rate);
    const key = `${name} ${tenth}`;
    if (output.isTTY === true) {
      const end = done >= total ? '\n' : '';
      output.write(`\r${bar(done, total)} ${line}\u001b[K${end}`);
    } else if (key !== shown) output.write(`${line}\n`);
    shown = key;
  };
}

function describe({ step, part, done, total }: Progress, rate: number): string {
  const share = total === 0 ? 100 : Math.floor((100 * done) / total);
  const figures = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  const pace = rate < 1 ? '' : `, ${Math.round(rate).toLocaleString('en')} a second`;
  return `${step} ${part}: ${share} % (${figures}${pace})`;
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? barWidth : Math.floor((barWidth * done) / total);
  return `[${'#'.repeat(filled)}${' '.repeat(barWidth - filled)}]`;
}
