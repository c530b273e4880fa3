#!/usr/bin/env node
import { main } from '../dist/src/container/main.js';

await main(process.argv.slice(2));
