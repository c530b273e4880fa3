/** One piece of the run. */
export interface Step {
  readonly label: string;
  /** Seconds it is thought to take. */
  readonly weight: number;
  run(): Promise<void>;
}

/** Runs the steps in order, with a line that tells what, how far, since when and until when. */
export async function runSteps(
  steps: readonly Step[],
  output: NodeJS.WriteStream = process.stderr,
): Promise<void> {
  const started = performance.now();
  const all = weightOf(steps);
  for (const [index, step] of steps.entries()) {
    const elapsed = (performance.now() - started) / 1000;
    const done = weightOf(steps.slice(0, index));
    // Until something is known, the guess is taken as it is.
    const pace = done < all / 50 ? 1 : elapsed / done;
    const place = `${index + 1}/${steps.length}`;
    const line = `${place}  ${step.label}  ${clock(elapsed)} gone, ${clock((all - done) * pace)} to go`;
    output.write(output.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
    await step.run();
  }
  output.write(
    `${output.isTTY ? '\r\u001b[2K' : ''}${clock((performance.now() - started) / 1000)} gone\n`,
  );
}

function weightOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { weight }) => sum + weight, 0);
}

/** Seconds as minutes and seconds. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
