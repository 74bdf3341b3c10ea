/** Traffic per network interface (/proc/self/net/dev: the network namespace of this process). */
import { ProcFile } from '../../linux/proc-file.ts';
import { RowNames } from '../../linux/row-names.ts';
import type { InstrumentSet, Point } from '../../metrics.ts';
import type { SystemPart } from './part.ts';

/** Per direction: bytes, packets, errors, drops. */
type Interface = readonly Point[];

const COLUMNS_RECEIVE = 8;

export class LinuxNetwork implements SystemPart {
  readonly #file = new ProcFile('/proc/self/net/dev');
  readonly #interfaces: RowNames<Interface>;

  constructor(set: InstrumentSet) {
    const keys = ['network.interface.name', 'network.io.direction'];
    const instruments = [
      set.counter('system.network.io', 'By', 'Bytes per network interface.', ...keys),
      set.counter(
        'system.network.packet.count',
        '{packet}',
        'Packets per network interface.',
        ...keys,
      ),
      set.counter('system.network.errors', '{error}', 'Errors per network interface.', ...keys),
      set.counter(
        'system.network.packet.dropped',
        '{packet}',
        'Packets dropped per network interface.',
        ...keys,
      ),
    ];
    this.#interfaces = new RowNames((name) =>
      ['receive', 'transmit'].flatMap((direction) =>
        instruments.map((instrument) => instrument.point(name, direction)),
      ),
    );
  }

  collect(): void {
    const file = this.#file;
    if (!file.read()) return;
    file.nextLine();
    for (let row = 0; file.nextLine(); row++) {
      const start = file.word(0x3a);
      const points = this.#interfaces.get(file, start, file.at, row);
      file.at++;
      for (let i = 0; i < 4; i++) points[i]?.set(file.number());
      file.skipNumbers(COLUMNS_RECEIVE - 4);
      for (let i = 4; i < 8; i++) points[i]?.set(file.number());
    }
  }

  close(): void {
    this.#file.close();
  }
}
