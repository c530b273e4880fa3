import { expect } from 'chai';
import { createServiceClock } from '../../src/logic/service-clock.js';

/** A machine whose two clocks a test moves. */
function createMachine() {
  const machine = { wall: 1_000_000, ticks: 50 };
  const clock = createServiceClock({ wall: () => machine.wall, monotonic: () => machine.ticks });
  return {
    clock,
    /** Time that really passes. */
    pass(ms: number) {
      machine.wall += ms;
      machine.ticks += ms;
    },
    /** Somebody sets the wall clock. */
    set(ms: number) {
      machine.wall += ms;
    },
  };
}

describe('createServiceClock()', () => {
  it('starts at the wall clock and goes with it', () => {
    const { clock, pass } = createMachine();
    expect(clock.now()).to.equal(1_000_000);
    pass(1234);
    expect(clock.now()).to.equal(1_001_234);
    expect(clock.takeSteps()).to.deep.equal([]);
  });

  it('does not jump when the wall clock is set forward, and reports it once', () => {
    const { clock, pass, set } = createMachine();
    set(3_600_000);
    expect(clock.now()).to.equal(1_000_000);
    pass(1000);
    expect(clock.now()).to.equal(1_001_010);
    expect(clock.takeSteps()).to.deep.equal([3_600_000]);
    expect(clock.takeSteps()).to.deep.equal([]);
  });

  it('runs slower, never back, when the wall clock is set back', () => {
    const { clock, pass, set } = createMachine();
    set(-3_600_000);
    expect(clock.now()).to.equal(1_000_000);
    pass(1000);
    expect(clock.now()).to.equal(1_000_990);
    expect(clock.takeSteps()).to.deep.equal([-3_600_000]);
  });

  it('catches up with a small drift without reporting it', () => {
    const { clock, pass, set } = createMachine();
    set(100);
    for (let second = 0; second < 20; second += 1) {
      pass(1000);
      clock.now();
    }
    expect(clock.now()).to.equal(1_020_100);
    expect(clock.takeSteps()).to.deep.equal([]);
  });

  it('counts the time that a stopped process slept', () => {
    const { clock, pass } = createMachine();
    clock.now();
    pass(7_200_000);
    expect(clock.now()).to.equal(8_200_000);
    expect(clock.takeSteps()).to.deep.equal([]);
  });

  it('takes the real clocks when none are given', () => {
    const before = Date.now();
    const { now } = createServiceClock();
    expect(now()).to.be.within(before - 1, Date.now() + 1);
  });
});
