/**
 * Puts entries of a build, and what they use of other packages, into few files. Runs on Node 26.
 *
 * A module costs resident memory in every thread that loads it, used or not: a query thread that loads the packages as they are takes 20 MB,
 * from its bundle 12 MB; src/zod.ts of the server says what zod costs. Everything else is loaded as it was built.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** By package: entries that share modules; a bundle is written over what it was made from. */
const BUNDLES = {
  server: [
    { folder: '.', entries: ['zod'] },
    { folder: 'queries', entries: ['worker', 'embedded'] },
    { folder: 'intake/tail', entries: ['tail-worker'] },
  ],
  store: [{ folder: 'embedded/flush', entries: ['worker'] }],
};

/** `dist` is the build of the package. */
export async function bundle(workspace, dist) {
  for (const { folder, entries } of BUNDLES[workspace] ?? []) {
    const dir = join(dist, folder);
    const made = await rolldown({
      input: Object.fromEntries(entries.map((name) => [name, join(dir, `${name}.js`)])),
      platform: 'node',
      // Modules of which nothing is used are left out; zod sets its English messages when it is first used.
      treeshake: { moduleSideEffects: false },
    });
    const names = { entryFileNames: '[name].js', chunkFileNames: 'bundled-[name].js' };
    // A thread keeps the text of its program: without comments and indentation it is half as long. Names stay, for stacks.
    const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };
    const { output } = await made.generate({ format: 'esm', minify, ...names });
    for (const { fileName, code } of output) writeFileSync(join(dir, fileName), narrow(code));
    await made.close();
  }
}

/** One letter outside of Latin-1 makes V8 keep every letter of the text in two bytes. Without comments such letters are in literals only. */
function narrow(code) {
  return code.replace(
    /[^\0-\xff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
