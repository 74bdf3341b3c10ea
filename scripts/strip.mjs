/** Builds the named packages: strips the types, src/x.ts -> dist/x.js, line for line, then makes their bundles. Runs on Node 26. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** `from './x.ts'`, `import './x.ts'`, `import('./x.ts')` of our own files. */
const OWN_IMPORT = /(\bfrom\s+|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;

for (const workspace of process.argv.slice(2)) {
  const from = join(root, 'packages', workspace, 'src');
  const to = join(root, 'packages', workspace, 'dist');
  rmSync(to, { recursive: true, force: true });
  for (const file of readdirSync(from, { recursive: true })) {
    const name = file.split('/').at(-1);
    if (
      !name.endsWith('.ts') ||
      name.endsWith('.d.ts') ||
      name.endsWith('.test.ts') ||
      name.startsWith('test-') ||
      file.includes('testing/')
    )
      continue;
    const source = readFileSync(join(from, file), 'utf8');
    const code = stripTypeScriptTypes(source).replace(OWN_IMPORT, '$1$2$3.js$2');
    const target = join(to, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
}
for (const workspace of process.argv.slice(2)) {
  await bundle(workspace, join(root, 'packages', workspace, 'dist'));
}
