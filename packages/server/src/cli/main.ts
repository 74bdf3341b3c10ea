/** The entry of `sightline`. Nothing is loaded before signals are looked after. */
import { endOnEarlySignals } from './early-signals.ts';

const args = process.argv.slice(2);
endOnEarlySignals(args);
const { run } = await import('./run.ts');
process.exitCode = await run(args);
