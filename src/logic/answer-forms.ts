import type { SessionPageV1 } from '../data/version1/page-v1.js';
import type { SessionV1 } from '../data/version1/session-v1.js';
import type { SessionRecord } from '../domain/session.js';
import { toSessionText, toSessionV1, toSummaryText, toSummaryV1 } from '../domain/wire.js';
import type { SessionPage } from './session-persistence.js';

/** How sessions and pages are answered. */
export interface AnswerForm<Session, Page> {
  toSession(session: SessionRecord): Session;
  /** With the cursor of the page that follows, where one does. */
  toPage(page: SessionPage, nextCursor: string | undefined): Page;
}

/** As values, for callers in this process. */
export const valueForm: AnswerForm<SessionV1, SessionPageV1> = {
  toSession: toSessionV1,
  toPage: (page, nextCursor) => ({
    total: page.total ?? null,
    data: page.sessions.map(toSummaryV1),
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
  }),
};

/**
 * As the JSON text of these values, for the wire: in a profile of `get_session_by_id` over HTTP a
 * quarter of the time was making the values and writing them (benchmark).
 */
export const textForm: AnswerForm<string, string> = {
  toSession: toSessionText,
  toPage: (page, nextCursor) => {
    const rows = page.sessions.map(toSummaryText).join(',');
    const cursor = nextCursor === undefined ? '' : `,"next_cursor":${JSON.stringify(nextCursor)}`;
    return `{"total":${page.total ?? null},"data":[${rows}]${cursor}}`;
  },
};
