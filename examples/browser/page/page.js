// biome-ignore lint/correctness/noUnresolvedImports: a path of the site, see ../site.js
import { createHeartbeat, createHttpTransport, createSessionsClient } from '/client-sessions.js';
import { takeContextId } from './context-id.js';

/** @import { BeatFacts } from 'client-sessions' */

/** @param {string} id */
function elementOf(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no ${id}.`);
  return element;
}

/**
 * @param {string} id
 * @param {unknown} text
 */
function show(id, text) {
  elementOf(id).textContent = String(text);
}

/** `?next_beat=1` beats each second, to watch it; else as the service wants. */
function chosenPace() {
  const seconds = Number(new URLSearchParams(location.search).get('next_beat'));
  return seconds > 0 ? { next_beat: seconds } : {};
}

const heartbeat = createHeartbeat({
  client: createSessionsClient(createHttpTransport({ url: '/', route: 'beat' })),
  // The page cannot know it: the server beats for the session in the cookie.
  sessionId: 'own',
  contextId: takeContextId(),
  facts: { status: 'available', path: ['home'], ...chosenPace() },
  onBeat(result) {
    show('phase', 'beats');
    show('status', result.status);
    show('server-time', result.server_time);
    show('next-beat', `in ${result.next_beat} s`);
    show('epoch', result.epoch);
    show('seq', result.seq);
  },
  onError: ({ code }) => show('phase', `goes on after ${code}`),
  onEnd({ closeReason, why }) {
    show('phase', `over: ${closeReason ?? why}`);
    show('next-beat', 'none');
  },
});

show('context', heartbeat.contextId);
elementOf('choice').addEventListener('change', ({ target }) => {
  const { value } = /** @type {HTMLSelectElement} */ (target);
  heartbeat.update({ status: /** @type {BeatFacts['status']} */ (value) });
});
heartbeat.start();
