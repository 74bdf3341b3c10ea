/** Memory and swap (/proc/meminfo), paging activity (/proc/vmstat), open files (/proc/sys/fs/file-nr). */
import { ascii, ProcFile } from '../../linux/proc-file.ts';
import type { InstrumentSet, Point } from '../../metrics.ts';
import type { SystemPart } from './part.ts';

export interface MemoryInstruments {
  usage: ReturnType<InstrumentSet['upDownCounter']>;
  limit: Point;
}

/** The instruments that every platform has. */
export function memoryInstruments(set: InstrumentSet): MemoryInstruments {
  const usage = set.upDownCounter(
    'system.memory.usage',
    'By',
    'Memory by state; the states add up to system.memory.limit.',
    'system.memory.state',
  );
  const limit = set.upDownCounter('system.memory.limit', 'By', 'Memory of the machine.').point();
  return { usage, limit };
}

const FIELDS = [
  'MemTotal:',
  'MemFree:',
  'MemAvailable:',
  'Buffers:',
  'Cached:',
  'SwapTotal:',
  'SwapFree:',
  'SReclaimable:',
  'SUnreclaim:',
  'Shmem:',
].map(ascii);
const KIB = 1024;
const PAGE_BYTES = 4096;

const VMSTAT = ['pgfault ', 'pgmajfault ', 'pswpin ', 'pswpout '].map(ascii);

export class LinuxMemory implements SystemPart {
  readonly #meminfo = new ProcFile('/proc/meminfo');
  readonly #vmstat = new ProcFile('/proc/vmstat');
  readonly #fileNr = new ProcFile('/proc/sys/fs/file-nr');
  readonly #values = new Float64Array(FIELDS.length);
  readonly #vm = new Float64Array(VMSTAT.length);
  readonly #limit: Point;
  readonly #states: readonly Point[];
  readonly #available: Point;
  readonly #shared: Point;
  readonly #slab: readonly Point[];
  readonly #swap: readonly Point[];
  readonly #faults: readonly Point[];
  readonly #swapped: readonly Point[];
  readonly #files: readonly Point[];

  constructor(set: InstrumentSet) {
    const { usage, limit } = memoryInstruments(set);
    this.#limit = limit;
    this.#states = ['used', 'free', 'buffers', 'cached'].map((state) => usage.point(state));
    this.#available = set
      .upDownCounter(
        'system.linux.memory.available',
        'By',
        'Memory that programs can get without swapping, by the kernel’s estimate.',
      )
      .point();
    this.#shared = set
      .upDownCounter('system.memory.shared', 'By', 'Shared memory, mostly tmpfs.')
      .point();
    const slab = set.upDownCounter(
      'system.linux.memory.slab.usage',
      'By',
      'Memory of the kernel’s own caches.',
      'system.memory.linux.slab.state',
    );
    this.#slab = ['reclaimable', 'unreclaimable'].map((state) => slab.point(state));
    const swap = set.upDownCounter(
      'system.paging.usage',
      'By',
      'Swap space by state.',
      'system.paging.state',
    );
    this.#swap = ['used', 'free'].map((state) => swap.point(state));
    const faults = set.counter(
      'system.paging.faults',
      '{fault}',
      'Page faults; major ones had to read from disk.',
      'system.paging.type',
    );
    this.#faults = ['minor', 'major'].map((type) => faults.point(type));
    const swapped = set.counter(
      'system.paging.io',
      'By',
      'Bytes swapped in from and out to disk.',
      'system.paging.direction',
    );
    this.#swapped = ['in', 'out'].map((direction) => swapped.point(direction));
    this.#files = [
      set.upDownCounter('system.linux.file_handle.usage', '{file}', 'Open file handles.').point(),
      set
        .upDownCounter('system.linux.file_handle.limit', '{file}', 'Most open file handles.')
        .point(),
    ];
  }

  collect(): void {
    if (readFields(this.#meminfo, FIELDS, this.#values)) this.#setMemory();
    if (readFields(this.#vmstat, VMSTAT, this.#vm)) {
      const [all = 0, major = 0, swappedIn = 0, swappedOut = 0] = this.#vm;
      this.#faults[0]?.set(all - major);
      this.#faults[1]?.set(major);
      this.#swapped[0]?.set(swappedIn * PAGE_BYTES);
      this.#swapped[1]?.set(swappedOut * PAGE_BYTES);
    }
    if (this.#fileNr.read()) {
      const allocated = this.#fileNr.number();
      this.#files[0]?.set(allocated - this.#fileNr.number());
      this.#files[1]?.set(this.#fileNr.number());
    }
  }

  #setMemory(): void {
    const values = this.#values;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * KIB;
    const [total = 0, free = 0, available = 0, buffers = 0, pages = 0] = values;
    const [, , , , , swapTotal = 0, swapFree = 0, slab = 0, slabKept = 0, shared = 0] = values;
    const cached = pages + slab;
    this.#limit.set(total);
    this.#states[0]?.set(Math.max(0, total - free - buffers - cached));
    this.#states[1]?.set(free);
    this.#states[2]?.set(buffers);
    this.#states[3]?.set(cached);
    this.#available.set(available);
    this.#shared.set(shared);
    this.#slab[0]?.set(slab);
    this.#slab[1]?.set(slabKept);
    this.#swap[0]?.set(swapTotal - swapFree);
    this.#swap[1]?.set(swapFree);
  }

  close(): void {
    this.#meminfo.close();
    this.#vmstat.close();
    this.#fileNr.close();
  }
}

/** Reads `name value` lines; fields that the file lacks are 0. */
export function readFields(
  file: ProcFile,
  names: readonly Uint8Array[],
  values: Float64Array,
): boolean {
  if (!file.read()) return false;
  values.fill(0);
  do {
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (name === undefined || !file.skip(name)) continue;
      values[i] = file.number();
      break;
    }
  } while (file.nextLine());
  return true;
}
