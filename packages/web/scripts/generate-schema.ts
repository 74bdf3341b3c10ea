/**
 * Writes src/api/schema.ts, the types of our own API, from a server's /openapi.json:
 * `node packages/web/scripts/generate-schema.ts http://127.0.0.1:4300`. A test holds the file to the server's document.
 */
import { writeFileSync } from 'node:fs';
import { schemaSource } from './schema-source.ts';

const [origin] = process.argv.slice(2);
if (origin === undefined) throw new Error('usage: generate-schema.ts http://HOST:PORT');
const response = await fetch(`${origin}/openapi.json`);
writeFileSync(
  new URL('../src/api/schema.ts', import.meta.url),
  await schemaSource(await response.text()),
);
