/** `sightline version`. */
import type { CommandLine } from '../config/flags.ts';
import { readVersion } from '../version.ts';
import { DONE, printJson } from './output.ts';

export async function printVersion(line: CommandLine): Promise<number> {
  const version = readVersion();
  if (line.json) {
    printJson({ version, node: process.version, platform: `${process.platform}-${process.arch}` });
  } else {
    process.stdout.write(`sightline ${version}\n`);
  }
  return DONE;
}
