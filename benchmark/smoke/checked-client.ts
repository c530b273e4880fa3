import { isDeepStrictEqual } from 'node:util';
import { createJsonClient, type JsonClient } from '../http-client.js';

/** A parsed body. */
export type Json = Readonly<Record<string, unknown>>;

/** What an answer must be. */
export interface Expected {
  /** @default 200 */
  readonly status?: number;
  /** Fields that the answer must have with these values; `undefined` = must not have. */
  readonly fields?: Json;
}

/** What was sent and what was wrong. */
export interface Tally {
  /** Answers by command and status. */
  readonly answers: ReadonlyMap<string, number>;
  /** What was not as expected, the first hundred. */
  readonly failures: readonly string[];
  readonly failureCount: number;
}

const keptFailures = 100;

/** A client that compares every answer with what it must be. */
export class CheckedClient {
  readonly #client: JsonClient;
  readonly #answers = new Map<string, number>();
  readonly #failures: string[] = [];
  #failureCount = 0;

  constructor(port: number, connections: number) {
    this.#client = createJsonClient(port, connections);
  }

  /** What happened so far. */
  get tally(): Tally {
    const [answers, failures] = [this.#answers, this.#failures];
    return { answers, failures, failureCount: this.#failureCount };
  }

  /** Sends a command; the answer's body, empty where there was none or the connection broke. */
  async call(command: string, params: Json, expected: Expected = {}): Promise<Json> {
    return await this.send(command, JSON.stringify(params), expected);
  }

  /** Sends a body as it is. */
  async send(command: string, body: string, expected: Expected): Promise<Json> {
    try {
      const { status, text } = await this.#client.post(command, body);
      this.#count(`${command} ${status}`);
      const answer = text === '' ? {} : (JSON.parse(text) as Json);
      const wrong = findWrong({ status, answer }, expected);
      if (wrong !== undefined) this.fail(`${command} ${body}: ${wrong}`);
      return answer;
    } catch (error) {
      this.#count(`${command} broken`);
      this.fail(`${command} ${body}: ${String(error)}`);
      return {};
    }
  }

  /** Notes something that is wrong. */
  fail(message: string): void {
    this.#failureCount++;
    if (this.#failures.length < keptFailures) this.#failures.push(message.slice(0, 600));
  }

  /** Closes its connections. */
  close(): void {
    this.#client.close();
  }

  #count(name: string): void {
    this.#answers.set(name, (this.#answers.get(name) ?? 0) + 1);
  }
}

function findWrong(
  { status, answer }: { readonly status: number; readonly answer: Json },
  expected: Expected,
): string | undefined {
  const wanted = expected.status ?? 200;
  if (status !== wanted) return `status ${status}, not ${wanted}: ${JSON.stringify(answer)}`;
  for (const [key, value] of Object.entries(expected.fields ?? {})) {
    if (!isDeepStrictEqual(answer[key], value)) {
      return `${key} is ${JSON.stringify(answer[key])}, not ${JSON.stringify(value)}`;
    }
  }
  return undefined;
}
