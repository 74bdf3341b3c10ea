/** CPU, load and memory from Node's own `os`, for platforms without /proc. */
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os';
import type { InstrumentSet } from '../../metrics.ts';
import { type CpuInstruments, cpuInstruments } from './cpu.ts';
import { type MemoryInstruments, memoryInstruments } from './memory.ts';
import type { SystemPart } from './part.ts';

export class PortableSystem implements SystemPart {
  readonly #cpu: CpuInstruments;
  readonly #memory: MemoryInstruments;

  constructor(set: InstrumentSet) {
    this.#cpu = cpuInstruments(set);
    this.#memory = memoryInstruments(set);
  }

  collect(): void {
    cpus().forEach(({ times }, i) => {
      const core = String(i);
      this.#cpu.time.point('user', core).set(times.user / 1000);
      this.#cpu.time.point('nice', core).set(times.nice / 1000);
      this.#cpu.time.point('system', core).set(times.sys / 1000);
      this.#cpu.time.point('idle', core).set(times.idle / 1000);
      this.#cpu.time.point('interrupt', core).set(times.irq / 1000);
    });
    this.#cpu.count.set(availableParallelism());
    loadavg().forEach((load, i) => {
      this.#cpu.loads[i]?.set(load);
    });
    this.#memory.limit.set(totalmem());
    this.#memory.usage.point('used').set(totalmem() - freemem());
    this.#memory.usage.point('free').set(freemem());
  }

  close(): void {}
}
