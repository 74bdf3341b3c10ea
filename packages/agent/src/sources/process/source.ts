/** This process: CPU, memory, descriptors, threads (all its threads together) and the runtime of its main thread. */
import { readdirSync, statSync } from 'node:fs';
import type { InstrumentSource } from '../../instrument-source.ts';
import { ProcFile } from '../../linux/proc-file.ts';
import { gatherPresent, type Instrument, InstrumentSet, type Point } from '../../metrics.ts';
import type { Metric } from '../../source.ts';
import { Runtime } from './runtime.ts';

interface ProcessSourceOptions {
  intervalMs: number;
}

/** Numbers of /proc/self/stat after the command's closing parenthesis (man 5 proc_pid_stat counts from 3 there). */
const STAT_THREADS = 20 - 3;
const STAT_VIRTUAL = 23 - 3;
const PARENTHESIS = 0x29;

export class ProcessSource implements InstrumentSource {
  readonly id = 'process';
  readonly name = 'This process';
  readonly priority = 'critical';
  readonly intervalMs: number;
  readonly instruments: readonly Instrument[];
  enabled = true;
  readonly #set = new InstrumentSet();
  readonly #present: Point[] = [];
  readonly #runtime: Runtime;
  readonly #stat = new ProcFile('/proc/self/stat');
  readonly #cpu: readonly Point[];
  readonly #resident: Point;
  readonly #virtual: Point;
  readonly #descriptors: Point;
  readonly #threads: Point;
  readonly #uptime: Point;
  readonly #faults: readonly Point[];
  readonly #switches: readonly Point[];
  readonly #external: Point;
  readonly #arrayBuffers: Point;

  constructor(options: ProcessSourceOptions) {
    this.intervalMs = options.intervalMs;
    const set = this.#set;
    const cpu = set.counter(
      'process.cpu.time',
      's',
      'CPU time of this process, all threads.',
      'cpu.mode',
    );
    this.#cpu = [cpu.point('user'), cpu.point('system')];
    this.#resident = set
      .upDownCounter('process.memory.usage', 'By', 'Physical memory in use (resident set).')
      .point();
    this.#virtual = set
      .upDownCounter('process.memory.virtual', 'By', 'Address space in use.')
      .point();
    this.#external = set
      .upDownCounter(
        'nodejs.memory.external.usage',
        'By',
        'Memory held by objects outside the heap, array buffers included.',
      )
      .point();
    this.#arrayBuffers = set
      .upDownCounter(
        'nodejs.memory.array_buffers.usage',
        'By',
        'Address space of array buffers; pages that were never written are no physical memory.',
      )
      .point();
    this.#descriptors = set
      .upDownCounter('process.open_file_descriptor.count', '{file_descriptor}', 'Open descriptors.')
      .point();
    this.#threads = set
      .upDownCounter('process.thread.count', '{thread}', 'Threads of this process.')
      .point();
    this.#uptime = set.gauge('process.uptime', 's', 'Time since the process was started.').point();
    const faults = set.counter(
      'process.paging.faults',
      '{fault}',
      'Page faults; major ones had to read from disk.',
      'system.paging.type',
    );
    this.#faults = [faults.point('minor'), faults.point('major')];
    const switches = set.counter(
      'process.context_switches',
      '{context_switch}',
      'Context switches of this process.',
      'process.context_switch.type',
    );
    this.#switches = [switches.point('voluntary'), switches.point('involuntary')];
    const windows = new InstrumentSet();
    this.#runtime = new Runtime(set, windows);
    this.instruments = [...set.instruments, ...windows.instruments];
  }

  collect(): readonly Metric[] {
    this.refresh();
    this.#runtime.collectWindow();
    return gatherPresent(this.instruments, this.#present);
  }

  /** Longest delay of the event loop since the last call. */
  takeLongestDelayMs(): number {
    return this.#runtime.takeLongestDelayMs();
  }

  refresh(): void {
    this.#set.begin();
    const used = process.resourceUsage();
    this.#cpu[0]?.set(used.userCPUTime / 1e6);
    this.#cpu[1]?.set(used.systemCPUTime / 1e6);
    this.#faults[0]?.set(used.minorPageFault);
    this.#faults[1]?.set(used.majorPageFault);
    this.#switches[0]?.set(used.voluntaryContextSwitches);
    this.#switches[1]?.set(used.involuntaryContextSwitches);
    const memory = process.memoryUsage();
    this.#resident.set(memory.rss);
    this.#external.set(memory.external);
    this.#arrayBuffers.set(memory.arrayBuffers);
    this.#uptime.set(process.uptime());
    this.#collectStat();
    this.#collectDescriptors();
    this.#runtime.collect();
  }

  #collectStat(): void {
    const file = this.#stat;
    if (!file.read()) return;
    // The command may hold anything, digits and parentheses included.
    file.at = file.bytes.lastIndexOf(PARENTHESIS, file.end - 1) + 1;
    // The state is a letter, so the numbers begin with field 4.
    file.skipNumbers(STAT_THREADS - 1);
    this.#threads.set(file.number());
    file.skipNumbers(STAT_VIRTUAL - STAT_THREADS - 1);
    this.#virtual.set(file.number());
  }

  /** Linux 6.2 and newer tell the number of descriptors as the folder's size; older ones have to be listed. */
  #collectDescriptors(): void {
    try {
      const { size } = statSync('/proc/self/fd');
      this.#descriptors.set(size > 0 ? size : readdirSync('/proc/self/fd').length - 1);
    } catch {
      // No /proc: not known.
    }
  }

  close(): void {
    this.#stat.close();
    this.#runtime.close();
  }
}
