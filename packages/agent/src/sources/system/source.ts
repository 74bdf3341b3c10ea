/** The machine: CPU, memory, file systems, disks, network, pressure, cgroup, uptime. */
import { uptime } from 'node:os';
import type { InstrumentSource } from '../../instrument-source.ts';
import { type Instrument, InstrumentSet, type Point } from '../../metrics.ts';
import type { Metric } from '../../source.ts';
import { LinuxCgroup } from './cgroup.ts';
import { LinuxCpu } from './cpu.ts';
import { LinuxDisk } from './disk.ts';
import { Filesystems } from './filesystem.ts';
import { LinuxMemory } from './memory.ts';
import { LinuxNetwork } from './network.ts';
import type { SystemPart } from './part.ts';
import { PortableSystem } from './portable.ts';
import { LinuxPressure } from './pressure.ts';

interface SystemSourceOptions {
  intervalMs: number;
  /** Defaults to the platform of this process. */
  platform?: NodeJS.Platform;
}

export class SystemSource implements InstrumentSource {
  readonly id = 'system';
  readonly name = 'This machine';
  readonly priority = 'critical';
  readonly intervalMs: number;
  readonly instruments: readonly Instrument[];
  enabled = true;
  readonly #set = new InstrumentSet();
  readonly #parts: SystemPart[];
  readonly #uptime: Point;

  constructor(options: SystemSourceOptions) {
    this.intervalMs = options.intervalMs;
    const set = this.#set;
    this.#parts =
      (options.platform ?? process.platform) === 'linux'
        ? [
            new LinuxCpu(set),
            new LinuxMemory(set),
            new Filesystems(set),
            new LinuxDisk(set),
            new LinuxNetwork(set),
            new LinuxPressure(set),
            new LinuxCgroup(set),
          ]
        : [new PortableSystem(set)];
    this.#uptime = set.gauge('system.uptime', 's', 'Time since the machine was started.').point();
    this.instruments = set.instruments;
  }

  collect(): readonly Metric[] {
    this.#set.begin();
    for (const part of this.#parts) part.collect();
    this.#uptime.set(uptime());
    return this.#set.present();
  }

  refresh(): void {
    this.collect();
  }

  close(): void {
    for (const part of this.#parts) part.close();
  }
}
