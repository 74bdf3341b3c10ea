/**
 * `npm run bench -- agent-parts [PART...]`: what single parts of the agent cost, in a process of their own: a collection of each source, a
 * request of each middleware, a profiled statement, a call, a batch on its way out, the watch for blocking calls.
 * CPU is that of the process; what a part adds is the median of the differences to the same without it, measured in turn.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../test/harness/directory.ts';
import { printTable } from '../table.ts';

export async function benchAgentParts(args: readonly string[]): Promise<void> {
  const entry = join(projectRoot, 'packages', 'agent', 'bench', 'parts.ts');
  const flags = ['--expose-gc', '--conditions=development', entry, ...args];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let title = '';
  let rows: Readonly<Record<string, string>>[] = [];
  const print = (): void => {
    const header = Object.keys(rows[0] ?? {});
    if (header.length === 0) return;
    process.stdout.write(`\n${title}\n\n`);
    printTable(
      header,
      rows.map((row) => header.map((column) => row[column] ?? '')),
    );
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const { table, row }: { table: string; row: Record<string, string> } = JSON.parse(line);
    if (table !== title) {
      print();
      rows = [];
      title = table;
    }
    rows.push(row);
  }
  print();
  if ((await exited) !== 0) process.exitCode = 1;
}
