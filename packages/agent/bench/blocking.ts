/** What the watch for blocking calls takes while nothing blocks, and of how many blocks it finds the stack. */

import type { AgentEvent } from '../src/source.ts';
import { BlockingSource } from '../src/sources/process/blocking.ts';
import { shown, sleep, tell } from './measure.ts';

const IDLE_MS = 6000;
const BLOCKS = 15;

function spin(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

async function idle(state: string): Promise<void> {
  await sleep(500);
  const before = process.cpuUsage();
  await sleep(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  tell('The watch for blocking calls while nothing blocks', {
    state,
    'CPU ms a second': shown((user + system) / IDLE_MS),
    'resident MB of the process': shown(process.memoryUsage.rss() / 1e6),
  });
}

export async function measureBlocking(): Promise<void> {
  await idle('nothing');
  const events: AgentEvent[] = [];
  const source = new BlockingSource({ emit: (event) => events.push(event) });
  await idle('the timer');
  spin(100);
  await idle('timer and worker');
  for (const ms of [60, 100, 200, 500]) {
    let [told, withStack] = [0, 0];
    for (let i = 0; i < BLOCKS; i++) {
      source.collect();
      events.length = 0;
      await sleep(50 + Math.random() * 100);
      spin(ms);
      await sleep(300);
      const found = events.filter(
        ({ attributes }) => Number(attributes?.['process.blocked.duration_ms']) >= ms - 13,
      );
      if (found.length > 0) told++;
      if (found.some(({ attributes }) => attributes?.['code.function.name'] === 'spin'))
        withStack++;
    }
    tell(`Of ${BLOCKS} blocks`, {
      ms: String(ms),
      told: String(told),
      'with the stack': String(withStack),
    });
  }
  source.close();
}
