import { expect } from 'chai';
import { showProgress } from '../../src/container/show-progress.js';

/** What is written while 1,000 sessions are copied in pages of 50, 100 ms each. */
function written(isTTY: boolean): string {
  let [text, now] = ['', 0];
  const output = {
    isTTY,
    write(chunk: string) {
      text += chunk;
    },
  };
  const show = showProgress(output, () => now);
  for (let done = 50; done <= 1_000; done += 50) {
    now += 100;
    show({ step: 'copy', part: 'sessions', done, total: 1_000 });
  }
  show({ step: 'copy', part: 'requests', done: 0, total: 0 });
  return text;
}

describe('showProgress()', () => {
  it('writes a line with each tenth where there is no terminal', () => {
    const lines = written(false).split('\n');
    expect(lines).to.have.length(13);
    expect([lines[0], lines[1], lines[10], lines[11], lines[12]]).to.deep.equal([
      'copy sessions: 5 % (50 of 1,000)',
      'copy sessions: 10 % (100 of 1,000, 500 a second)',
      'copy sessions: 100 % (1,000 of 1,000, 500 a second)',
      'copy requests: 100 % (0 of 0)',
      '',
    ]);
  });

  it('draws a bar over and over on a terminal, a line of its own for each part', () => {
    const lines = written(true).split('\n');
    expect(lines).to.have.length(3);
    const bars = lines[0]?.split('\r') ?? [];
    expect(bars).to.have.length(21);
    expect(bars[10]).to.equal(
      `[${'#'.repeat(15)}${' '.repeat(15)}] copy sessions: 50 % (500 of 1,000, 500 a second)\u001b[K`,
    );
  });
});
