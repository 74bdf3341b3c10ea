/** Three numbers of the process that pages about HTTP servers show, under the names that they are looked for. */
import { PerformanceObserver, performance } from 'node:perf_hooks';
import type { InstrumentSet, Point } from '../metrics.ts';

export class RuntimeNumbers {
  readonly #cpu: Point;
  readonly #rss: Point;
  readonly #heap: Point;
  readonly #observer: PerformanceObserver;
  #lastCpu = process.cpuUsage();
  #lastMs = performance.now();

  constructor(set: InstrumentSet) {
    this.#cpu = set
      .gauge('cpu_usage_percent', '%', 'CPU time of this process; 100 is one core.')
      .point();
    const memory = set.gauge('memory_usage_bytes', 'By', 'Memory of this process.', 'type');
    this.#rss = memory.point('rss');
    this.#heap = memory.point('heap_used');
    const collections = set
      .counter('gc_collections_total', '{collection}', 'Garbage collections.')
      .point();
    collections.set(0);
    this.#observer = new PerformanceObserver((list) => {
      collections.set(collections.value + list.getEntries().length);
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  collect(): void {
    const nowMs = performance.now();
    const { user, system } = process.cpuUsage(this.#lastCpu);
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs > 0) this.#cpu.set((user + system) / 10 / elapsedMs);
    this.#lastCpu = process.cpuUsage();
    this.#lastMs = nowMs;
    const { rss, heapUsed } = process.memoryUsage();
    this.#rss.set(rss);
    this.#heap.set(heapUsed);
  }

  close(): void {
    this.#observer.disconnect();
  }
}
