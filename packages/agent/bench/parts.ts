/**
 * What single parts of the agent cost, as lines of JSON. `npm run bench -- agent-parts [PART...]` prints them as tables.
 * Run: node --expose-gc --conditions=development packages/agent/bench/parts.ts
 */
import { measureBlocking } from './blocking.ts';
import { measureExport } from './export.ts';
import { measureRequests } from './requests.ts';
import { measureSources } from './sources.ts';
import { measureStatements } from './statements.ts';

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  // First, while the process is small.
  blocking: measureBlocking,
  sources: measureSources,
  requests: measureRequests,
  statements: measureStatements,
  export: measureExport,
};

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(PARTS)) {
  const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
  if (part === undefined) throw new Error(`no part ${name}: ${Object.keys(PARTS).join(', ')}`);
  await part();
}
process.exit();
