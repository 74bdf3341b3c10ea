/** Writes docs/metrics.md. Run: `node --conditions=development packages/server/src/intake/self/write-docs.ts` */
import { writeFileSync } from 'node:fs';
import { metricsPage } from './docs.ts';

writeFileSync(new URL('../../../../../docs/metrics.md', import.meta.url), metricsPage());
