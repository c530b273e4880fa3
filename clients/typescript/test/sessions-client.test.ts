import { describeSessionsClient } from './sessions-client.suite.js';
import { openDirectClient, openHttpClient, openProcessClient } from './support/open-client.js';

describeSessionsClient(
  'HTTP, memory store',
  async (settings) => await openHttpClient('memory', settings),
);
describeSessionsClient(
  'HTTP, file store',
  async (settings) => await openHttpClient('file', settings),
);
describeSessionsClient('HTTP, the process', openProcessClient);
describeSessionsClient('the same process', openDirectClient);
