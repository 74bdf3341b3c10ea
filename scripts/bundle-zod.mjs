/** Puts what dist/zod.js of the server takes from zod into that file (packages/server/src/zod.ts says why). Runs on Node 26. */
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** `dist` is the build of the server. */
export async function bundleZod(dist) {
  const file = join(dist, 'zod.js');
  const bundle = await rolldown({
    input: file,
    platform: 'node',
    // Modules of which nothing is used are left out; zod sets its English messages when it is first used.
    treeshake: { moduleSideEffects: false },
  });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
}
