/** Activity per disk (/proc/diskstats, man 5 proc_diskstats): whole disks only, not partitions, loop or RAM devices. */
import { existsSync } from 'node:fs';
import { ProcFile } from '../../linux/proc-file.ts';
import { RowNames } from '../../linux/row-names.ts';
import type { InstrumentSet, Point } from '../../metrics.ts';
import type { SystemPart } from './part.ts';

/** Reads, then writes: operations, merged, bytes, seconds; last the seconds with any I/O under way. null: not a disk. */
type Disk = readonly Point[] | null;

/** The kernel counts sectors of 512 bytes whatever the disk's own size is. */
const SECTOR_BYTES = 512;
const PSEUDO = /^(?:loop|ram|zram|fd|sr)\d+$/;

export class LinuxDisk implements SystemPart {
  readonly #file = new ProcFile('/proc/diskstats');
  readonly #disks: RowNames<Disk>;

  constructor(set: InstrumentSet) {
    const keys = ['system.device', 'disk.io.direction'];
    const operations = set.counter(
      'system.disk.operations',
      '{operation}',
      'Reads and writes completed.',
      ...keys,
    );
    const merged = set.counter(
      'system.disk.merged',
      '{operation}',
      'Operations merged into one with their neighbours.',
      ...keys,
    );
    const bytes = set.counter('system.disk.io', 'By', 'Bytes read and written.', ...keys);
    const operationTime = set.counter(
      'system.disk.operation_time',
      's',
      'Sum of the time all operations took.',
      ...keys,
    );
    const time = set.counter(
      'system.disk.io_time',
      's',
      'Time during which the disk had work to do.',
      'system.device',
    );
    this.#disks = new RowNames((name) => {
      const device = name.replaceAll('/', '!');
      if (PSEUDO.test(name) || !existsSync(`/sys/block/${device}`)) return null;
      const points = ['read', 'write'].flatMap((direction) =>
        [operations, merged, bytes, operationTime].map((i) => i.point(name, direction)),
      );
      return [...points, time.point(name)];
    });
  }

  collect(): void {
    const file = this.#file;
    if (!file.read()) return;
    let row = 0;
    do {
      file.skipNumbers(2);
      const start = file.word();
      if (file.at === start) continue;
      const disk = this.#disks.get(file, start, file.at, row++);
      if (disk === null) continue;
      for (let i = 0; i < 8; i += 4) {
        disk[i]?.set(file.number());
        disk[i + 1]?.set(file.number());
        disk[i + 2]?.set(file.number() * SECTOR_BYTES);
        disk[i + 3]?.set(file.number() / 1000);
      }
      file.skipNumbers(1);
      disk[8]?.set(file.number() / 1000);
    } while (file.nextLine());
  }

  close(): void {
    this.#file.close();
  }
}
