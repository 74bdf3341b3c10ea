/**
 * Compiles packages/wire/kernel/intake.ts to WebAssembly and writes it as text to packages/wire/src/kernel/binary.ts, which is committed, so
 * that running and packing need no compiler. `--check` only compares and exits with 1 when they differ. Runs on Node 26.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'packages/wire/src/kernel/binary.ts');

const written = new Map();
const { error, stderr } = await asc.main(
  [
    'packages/wire/kernel/intake.ts',
    '--runtime',
    'stub',
    '-O3',
    '--noAssert',
    '--importMemory',
    '-o',
    'intake.wasm',
  ],
  {
    readFile: (name, base) => {
      try {
        return readFileSync(join(base, name), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => [],
  },
);
if (error !== null) {
  process.stderr.write(`${stderr.toString()}\n${error.message}\n`);
  process.exit(1);
}
const text = Buffer.from(written.get('intake.wasm')).toString('base64');
const lines = text.match(/.{1,96}/g).map((line) => `  '${line}',`);
const source = `/** Made by \`node scripts/kernel.mjs\` from packages/wire/kernel/intake.ts; do not edit. */
export const INTAKE_KERNEL = [
${lines.join('\n')}
].join('');
`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== source) {
    process.stderr.write(
      'packages/wire/src/kernel/binary.ts is stale: run node scripts/kernel.mjs\n',
    );
    process.exit(1);
  }
} else writeFileSync(target, source);
