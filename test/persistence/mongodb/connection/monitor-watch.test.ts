import { EventEmitter } from 'node:events';
import { mock } from 'node:test';
import { expect } from 'chai';
import type { MongoClient } from 'mongodb';
import { MonitorWatch } from '../../../../src/persistence/mongodb/connection/monitor-watch.js';

const host = { connectionId: 'one:27017' };

describe('MonitorWatch', () => {
  let client: EventEmitter;
  let watch: MonitorWatch;
  let stuck: string[];
  let now: number;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    client = new EventEmitter();
    stuck = [];
    now = 0;
    watch = new MonitorWatch(client as unknown as MongoClient, {
      limitMs: 3_000,
      onStuck: (address) => stuck.push(address),
      monotonicNow: () => now,
    });
  });
  afterEach(() => {
    watch.stop();
    mock.timers.reset();
  });

  function pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 50) {
      now += 50;
      mock.timers.tick(50);
    }
  }

  it('tells once of a look at a server that does not end', () => {
    client.emit('serverHeartbeatStarted', host);
    pass(3_000);
    expect(stuck).to.deep.equal([]);
    pass(10_000);
    expect(stuck).to.deep.equal(['one:27017']);
  });

  it('tells nothing of looks that end, whichever way, or whose server is gone', () => {
    for (const end of ['serverHeartbeatSucceeded', 'serverHeartbeatFailed', 'serverClosed']) {
      client.emit('serverHeartbeatStarted', host);
      pass(2_900);
      client.emit(end, { ...host, address: host.connectionId });
      pass(5_000);
    }
    expect(stuck).to.deep.equal([]);
  });

  it('tells nothing of an answer that waits because the process was held up', () => {
    client.emit('serverHeartbeatStarted', host);
    now += 60_000;
    mock.timers.tick(250);
    client.emit('serverHeartbeatSucceeded', host);
    pass(5_000);
    expect(stuck).to.deep.equal([]);
  });

  it('hears nothing more after its end', () => {
    watch.stop();
    client.emit('serverHeartbeatStarted', host);
    pass(5_000);
    expect(stuck).to.deep.equal([]);
    expect(client.eventNames()).to.deep.equal([]);
  });
});
