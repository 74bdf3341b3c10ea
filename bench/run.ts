/** `npm run bench -- NAME [ARGS]`. */
import { benchAgent } from './agent/index.ts';
import { benchAgentParts } from './agent/parts.ts';
import { benchIdle } from './idle.ts';
import { benchLogs } from './logs.ts';
import { benchMetrics } from './metrics/index.ts';
import { benchMixed } from './mixed.ts';
import { benchSustained } from './sustained.ts';
import { benchTraces } from './traces.ts';

const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  agent: benchAgent,
  'agent-parts': benchAgentParts,
  idle: benchIdle,
  logs: benchLogs,
  metrics: benchMetrics,
  mixed: benchMixed,
  sustained: benchSustained,
  traces: benchTraces,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join('|')} [ARGS]\n`);
  process.exitCode = 2;
} else await bench(args);
