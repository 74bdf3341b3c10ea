/** Writes docs/configuration.md. Run: `node --conditions=development packages/server/src/config/write-docs.ts` */
import { writeFileSync } from 'node:fs';
import { configurationPage } from './docs.ts';

writeFileSync(new URL('../../../../docs/configuration.md', import.meta.url), configurationPage());
