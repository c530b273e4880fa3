import type { PresenceStatus } from '../data/version1/words.js';
import type { Context } from './context.js';

/** How long what a context said holds. */
export interface PresenceRules {
  /** After this long without activity `available` and `busy` become `away`. */
  readonly activeLifetimeMs: number;
  /** After this much longer without a beat the context is gone. */
  readonly awayLifetimeMs: number;
}

/** For native beats: 300 s and 200 s (specs: presence, rule 1). */
export const defaultPresenceRules: PresenceRules = {
  activeLifetimeMs: 300_000,
  awayLifetimeMs: 200_000,
};

/** Until when (inclusive, ms since 1970) somebody counts as what; 0 = does not. */
export interface Presence {
  readonly busyUntil: number;
  readonly availableUntil: number;
  readonly goneAfter: number;
}

/** Nobody said anything. */
export const absent: Presence = { busyUntil: 0, availableUntil: 0, goneAfter: 0 };

/** The presence that the contexts of a session add up to. */
export function presenceOf(contexts: readonly Context[], rules: PresenceRules): Presence {
  return mergePresences(contexts.map((context) => contextPresence(context, rules)));
}

/** The presence of somebody who has all of these. */
export function mergePresences(presences: Iterable<Presence>): Presence {
  let { busyUntil, availableUntil, goneAfter } = absent;
  for (const presence of presences) {
    busyUntil = Math.max(busyUntil, presence.busyUntil);
    availableUntil = Math.max(availableUntil, presence.availableUntil);
    goneAfter = Math.max(goneAfter, presence.goneAfter);
  }
  return { busyUntil, availableUntil, goneAfter };
}

/** What somebody is at `now`; `undefined` = not there. Any busy, else any available, else away. */
export function statusAt(presence: Presence, now: number): PresenceStatus | undefined {
  if (now > presence.goneAfter) return undefined;
  if (now <= presence.busyUntil) return 'busy';
  return now <= presence.availableUntil ? 'available' : 'away';
}

function contextPresence(context: Context, rules: PresenceRules): Presence {
  if (context.status === undefined || context.goneTime !== undefined) return absent;
  const goneAfter = context.lastBeat + rules.activeLifetimeMs + rules.awayLifetimeMs;
  const until = Math.min(context.lastActive + rules.activeLifetimeMs, goneAfter);
  return {
    busyUntil: context.status === 'busy' ? until : 0,
    availableUntil: context.status === 'available' ? until : 0,
    goneAfter,
  };
}
