/** Pressure stall information (/proc/pressure; kernel documentation, accounting/psi.rst): time tasks waited for a resource. */
import { ascii, ProcFile } from '../../linux/proc-file.ts';
import type { InstrumentSet, Point } from '../../metrics.ts';
import type { SystemPart } from './part.ts';

const SOME = ascii('some ');
const FULL = ascii('full ');
const TOTAL = ascii('total=');
const MICROSECONDS = 1e-6;

export class LinuxPressure implements SystemPart {
  readonly #resources: { file: ProcFile; some: Point; full: Point }[];

  constructor(set: InstrumentSet) {
    const time = set.counter(
      'system.linux.pressure.time',
      's',
      'Time in which some, or all (full), runnable tasks waited for the resource.',
      'system.linux.pressure.resource',
      'system.linux.pressure.type',
    );
    this.#resources = ['cpu', 'memory', 'io'].map((resource) => ({
      file: new ProcFile(`/proc/pressure/${resource}`),
      some: time.point(resource, 'some'),
      full: time.point(resource, 'full'),
    }));
  }

  collect(): void {
    for (const { file, some, full } of this.#resources) {
      if (!file.read()) continue;
      do {
        const point = file.skip(SOME) ? some : file.skip(FULL) ? full : undefined;
        while (point !== undefined && !file.atLineEnd) {
          if (file.skip(TOTAL)) point.set(file.number() * MICROSECONDS);
          else file.at++;
        }
      } while (file.nextLine());
    }
  }

  close(): void {
    for (const { file } of this.#resources) file.close();
  }
}
