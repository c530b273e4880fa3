export type { SessionV1 } from '../generated/commands.js';
