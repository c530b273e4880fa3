import { MemorySessionPersistence } from '../../../../src/persistence/memory/memory-session-persistence.js';
import { createController } from '../../../../test/support/create-controller.js';
import { createDirectTransport, SessionError, type SessionsTransport } from '../../src/index.js';
import { createMockClock, createMockTransport } from '../../src/mock/index.js';
import type { CommandName } from '../../src/transport.js';

/** One call; a text `#3` in its parameters is the third id or cursor that an answer had. */
export interface ComparedCall {
  readonly name: CommandName;
  readonly params: object;
  /** Time that passes before it, in ms. */
  readonly passMs: number;
}

/** What both answered to the same calls, with names in place of what is random. */
export interface ComparedAnswers {
  readonly mock: readonly unknown[];
  readonly service: readonly unknown[];
}

/** Runs calls against the mock and against the service, which have the same clock. */
export async function compareCalls(calls: readonly ComparedCall[]): Promise<ComparedAnswers> {
  const clock = createMockClock(Date.UTC(2026, 0, 1));
  const { close, controller } = await createController(new MemorySessionPersistence(), {
    clock: { now: clock.now, takeSteps: () => [] },
    settings: { 'options.max_sessions_per_user': 3 },
  });
  const { now } = clock;
  const sides = {
    mock: new Side(createMockTransport({ now, maxSessionsPerUser: 3 })),
    service: new Side(createDirectTransport(controller)),
  };
  for (const call of calls) {
    clock.pass(call.passMs);
    for (const side of Object.values(sides)) await side.run(call);
  }
  await close();
  return { mock: sides.mock.answers, service: sides.service.answers };
}

class Side {
  readonly answers: unknown[] = [];
  readonly #transport: SessionsTransport;
  /** Random texts in the order of their first appearance. */
  readonly #known: string[] = [];

  constructor(transport: SessionsTransport) {
    this.#transport = transport;
  }

  async run({ name, params }: ComparedCall): Promise<void> {
    const own = this.#map(params, (text) => {
      const place = /^#(\d+)$/.exec(text)?.[1];
      return (place === undefined ? undefined : this.#known[Number(place)]) ?? text;
    });
    const answer = await this.#transport
      .call(name, own as object, { correlationId: 'compared' })
      .catch(toFailure);
    this.answers.push({ name, own: this.#named(own), answer: this.#named(answer) });
  }

  #named(value: unknown): unknown {
    return this.#map(value, (text, key) => {
      if ((key === 'id' || key === 'next_cursor') && !this.#known.includes(text)) {
        this.#known.push(text);
      }
      const place = this.#known.indexOf(text);
      return place === -1 ? text : `#${place}`;
    });
  }

  #map(value: unknown, map: (text: string, key: string) => string, key = ''): unknown {
    if (typeof value === 'string') return map(value, key);
    if (Array.isArray(value)) return value.map((part) => this.#map(part, map, key));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, part]) => [name, this.#map(part, map, name)]);
    return Object.fromEntries(entries);
  }
}

function toFailure(caught: unknown) {
  if (!(caught instanceof SessionError)) throw caught;
  const { category, code, correlationId, details, message, status } = caught;
  return { category, code, correlationId, details, message, status };
}
