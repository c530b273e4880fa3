import { run } from '../shared/run.js';
import { createSite } from './site.js';

// The page repeats its beats itself.
run(createSite, { retry: { limit: 0 } });
