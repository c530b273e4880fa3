import { sampleSession } from '../sample-sessions.js';

/** A body of a request. */
export type Body = Readonly<Record<string, unknown>>;

const times = {
  active: true,
  open_time: '2026-01-01T00:00:00.000Z',
  request_time: '2026-01-01T00:00:00.000Z',
};
const later = { kind: 'rpc', expire_time: '2026-01-02T00:00:00.000Z', revision: 0 };
const id = 'A'.repeat(43);
const { user: _user, data: _data, ...listed } = sampleSession(1, 1);
const beat = {
  server_time: times.open_time,
  active: true,
  expire_time: later.expire_time,
  next_beat: 120,
  duplicate: false,
  epoch: 0,
  seq: 1,
};
const cursor = 'B'.repeat(100);

/** What a bare server answers: JSON of the same fields and length as the service's. */
export function answerTo(command: string, body: Body): unknown {
  switch (command) {
    case 'open_session':
      return { id, ...body, ...times, ...later };
    case 'get_session_by_id':
      return { id: body['session_id'], ...sampleSession(1, 1), ...times, ...later };
    case 'touch_session':
      return beat;
    default:
      return { total: null, data: Array.from({ length: 20 }, summary), next_cursor: cursor };
  }
}

function summary(): unknown {
  return { id, ...listed, ...times, ...later };
}
