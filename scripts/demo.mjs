/**
 * `npm run demo [-- FLAGS]`: prepares the clone, then runs scripts/demo/main.ts on Node 26. Plain JavaScript for Node 20.
 * Passes signals on, ends with the code of the demo, and the demo ends with us.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node, prepare, root } from './prepare.mjs';

let demo;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (demo === undefined) process.exit(143);
    demo.kill(signal);
  });
}
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 250).unref();

try {
  await prepare();
} catch (error) {
  process.stderr.write(`demo: ${error.message}\n`);
  process.exit(1);
}
demo = spawn(node, [join(root, 'scripts', 'demo', 'main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
demo.on('exit', (code) => process.exit(code ?? 1));
