import { expect } from 'chai';
import { type CommandName, commandNames, commandsV1 } from '../../../src/data/version1/commands.js';
import type { SessionV1 } from '../../../src/data/version1/session-v1.js';
import { errorKinds } from '../../../src/errors/error-codes.js';
import { callCommand, expectCommand } from '../../support/rpc.js';
import { localStores, type RunningService, runService } from '../../support/run-service.js';

/** JSON text of values that hurt others before (QUALITY "Bad input"). */
const nastyValues: Readonly<Record<string, string>> = {
  null: 'null',
  'a boolean': 'true',
  'a number': '5',
  'a negative number': '-1',
  'a fraction': '1.5',
  'an empty text': '""',
  'a text': '"x"',
  'an empty list': '[]',
  'an empty object': '{}',
  'a list of lists': '[[["x"]]]',
  'a text of 100,000 characters': `"${'x'.repeat(100_000)}"`,
  'a text of 257 characters': `"${'x'.repeat(257)}"`,
  'astral characters': `"${'😀'.repeat(256)}"`,
  'a text with NUL': '"a\\u0000b"',
  'a lone surrogate': '"a\\ud800b"',
  'a reversed pair': '"\\udc00\\ud800"',
  'an object 31 deep': `${'{"a":'.repeat(30)}{}${'}'.repeat(30)}`,
  'an object 33 deep': `${'{"a":'.repeat(32)}{}${'}'.repeat(32)}`,
  'a list 5,000 deep': `${'['.repeat(5000)}${']'.repeat(5000)}`,
  'an object of 1,500 keys': `{${Array.from({ length: 1500 }, (_, key) => `"k${key}":${key}`).join(',')}}`,
  'duplicate keys': '{"a":1,"a":2}',
  'duplicate keys, one escaped': '{"a":1,"\\u0061":2}',
  'a number that overflows': '1e400',
  'a number that underflows': '1e-400',
  'an integer of 20 digits': '12345678901234567890',
  'an integer that a double holds': '9007199254740992',
  'minus zero': '-0',
  __proto__: '{"__proto__":{"polluted":true}}',
  constructor: '{"constructor":{"prototype":{"polluted":true}}}',
  $ne: '{"$ne":null}',
  $where: '{"$where":"sleep(1000)"}',
  'dotted keys': '{"a.b":1,"$set":{"c":2},"":3}',
  'keys of Object': '{"toString":1,"hasOwnProperty":2,"valueOf":3}',
  SQL: '"\' OR 1=1; DROP TABLE session; --"',
  'a path': '"../../etc/passwd"',
};

/** Bodies that are no JSON, or JSON that is no object. */
const notObjects = [
  '[]',
  '5',
  '"x"',
  'null',
  'true',
  '{',
  '{"a":}',
  '{"a":1,}',
  "{'a':1}",
  '\u0000',
  '{}{}',
  'NaN',
];

/** Valid parameters of a command, as JSON text by name, for a session that is live. */
function validParams(name: CommandName, session: SessionV1): Record<string, string> {
  const id = JSON.stringify(session.id);
  const user = JSON.stringify(session.user_id);
  const documents = { data: '{"a":1}', user: '{"b":2}', patch: '{"c":3}' };
  const { params } = commandsV1[name];
  const all: Record<string, string> = { session_id: id, user_id: user, ...documents };
  const required: readonly string[] = (params as { required?: readonly string[] }).required ?? [];
  return Object.fromEntries(required.map((key) => [key, all[key] ?? '"x"']));
}

function toJson(params: Record<string, string>): string {
  return `{${Object.entries(params)
    .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
    .join(',')}}`;
}

const statuses = new Set<number>(Object.values(errorKinds).map(({ status }) => status));
const leak = /\bat .*:\d+|node_modules|\/src\/|\.ts\b|\.js\b|sqlite|libsql|SQLITE/;

describe('bad input', () => {
  for (const store of localStores) {
    describe(`over the ${store} store`, () => {
      let service: RunningService;
      before(async () => {
        service = await runService({ store });
      });
      after(async () => {
        // The process still serves, and nothing was added to every object.
        await expectCommand(service.url, 'count_sessions');
        expect(Object.keys(Object.prototype)).to.deep.equal([]);
        expect('polluted' in {}).to.equal(false);
        await service.close();
      });

      const openSession = async () =>
        await expectCommand<SessionV1>(service.url, 'open_session', { user_id: 'user' });

      /** Sends a body; the answer must be a documented one, whatever the body is. */
      async function expectDocumented(name: CommandName, body: string) {
        const answer = await callCommand(service.url, name, body);
        if (answer.status === 200 || answer.status === 204) return answer;
        const error = answer.body as Record<string, unknown>;
        expect(answer.status, JSON.stringify(error)).to.be.within(400, 499);
        expect(statuses.has(answer.status)).to.equal(true);
        expect(error).to.include({ status: answer.status, name: 'SessionError' });
        expect(Object.keys(errorKinds)).to.include(error['code']);
        expect(error['correlation_id']).to.equal(answer.headers.get('x-correlation-id'));
        expect(JSON.stringify(error)).to.not.match(leak);
        expect(error).to.not.have.any.keys('stack', 'cause');
        return answer;
      }

      for (const name of commandNames) {
        const properties = Object.keys(commandsV1[name].params.properties);

        it(`${name} answers every nasty value of every parameter with a 4xx, or keeps it`, async () => {
          for (const key of properties) {
            for (const [title, json] of Object.entries(nastyValues)) {
              const session = await openSession();
              const params = { ...validParams(name, session), [key]: json };
              const answer = await expectDocumented(name, toJson(params));
              const isDocument = key === 'data' || key === 'user';
              if (answer.status !== 200 || !isDocument || name === 'get_session_by_id') continue;
              const kept = answer.body as SessionV1;
              if (name === 'open_session' && json === 'null') continue;
              expect(JSON.stringify(kept[key]), title).to.equal(JSON.stringify(JSON.parse(json)));
              const read = await expectCommand<SessionV1>(service.url, 'get_session_by_id', {
                session_id: kept.id,
              });
              expect(JSON.stringify(read[key]), title).to.equal(JSON.stringify(JSON.parse(json)));
            }
          }
        }).timeout(60_000);

        it(`${name} names what is missing, and what it does not know`, async () => {
          const session = await openSession();
          const valid = validParams(name, session);
          for (const key of Object.keys(valid)) {
            const { [key]: _, ...others } = valid;
            const { status, body } = await callCommand(service.url, name, toJson(others));
            expect(status).to.equal(400);
            expect(body).to.deep.include({
              code: 'INVALID_DATA',
              details: { problems: [{ path: `/${key}`, reason: 'is required' }] },
            });
          }
          for (const key of ['unknown', '__proto__', 'constructor', '$ne', 'a.b']) {
            const known = toJson(valid).slice(1, -1);
            const json = `{${known}${known === '' ? '' : ','}${JSON.stringify(key)}:1}`;
            const { status, body } = await callCommand(service.url, name, json);
            expect(status, key).to.equal(400);
            expect(body).to.deep.include({
              code: 'INVALID_DATA',
              details: { problems: [{ path: `/${key}`, reason: 'is not a known property' }] },
            });
          }
        });

        it(`${name} refuses bodies that are no JSON object`, async () => {
          for (const body of notObjects) {
            const { status, body: error } = await callCommand(service.url, name, body);
            expect(status, body).to.equal(400);
            expect((error as { code: string }).code).to.be.oneOf(['INVALID_DATA', 'INVALID_JSON']);
          }
        });
      }

      for (const key of [
        'id',
        'user_id',
        'active',
        'from_time',
        'to_time',
        'device_id',
        'client',
        'address',
        'kind',
        'close_reason',
        'unknown',
        '__proto__',
      ]) {
        it(`get_sessions and count_sessions answer every nasty value of filter.${key} with a 4xx, or an answer`, async () => {
          for (const json of Object.values(nastyValues)) {
            const body = `{"filter":{${JSON.stringify(key)}:${json}}}`;
            const listed = await expectDocumented('get_sessions', body);
            const counted = await expectDocumented('count_sessions', body);
            expect(listed.status).to.equal(counted.status);
            if (key === 'unknown' || key === '__proto__') expect(listed.status).to.equal(400);
          }
        });
      }

      for (const key of ['skip', 'take', 'total', 'cursor', 'unknown', '__proto__']) {
        it(`get_sessions answers every nasty value of paging.${key} with a 4xx, or an answer`, async () => {
          for (const json of Object.values(nastyValues)) {
            const answer = await expectDocumented(
              'get_sessions',
              `{"paging":{${JSON.stringify(key)}:${json}}}`,
            );
            if (key === 'unknown' || key === '__proto__') expect(answer.status).to.equal(400);
          }
        });
      }
    });
  }
});
