export { createMockClock, type MockClock } from './mock-clock.js';
export { defaultMockOptions, type MockOptions } from './mock-options.js';
export { createMockTransport } from './mock-transport.js';
