import { run } from '../shared/run.js';
import { createShop } from './shop.js';

run(createShop);
