/**
 * Space of mounted file systems (/proc/self/mounts and statfs).
 *
 * Model: the list of mounts is read again only when it has changed or MOUNTS_EVERY collections have passed. Only local file systems
 * on a device count: asking a network file system can block for minutes, and the kernel's pseudo file systems hold nothing.
 * A device mounted in several places (bind mounts) is reported once, at its shortest mount point.
 */
import { readFileSync, statfsSync } from 'node:fs';
import type { InstrumentSet, Point } from '../../metrics.ts';
import type { SystemPart } from './part.ts';

const MOUNTS_EVERY = 6;
const MAX_MOUNTS = 256;
/** File systems with space of their own that are not mounted from a /dev path. */
const LOCAL_TYPES = new Set(['zfs', 'btrfs', 'overlay', 'bcachefs']);
/** Files that container runtimes mount one by one. */
const RUNTIME_FILES = new Set(['/etc/hosts', '/etc/hostname', '/etc/resolv.conf']);
/** Images mounted read-only are always full. */
const IMAGE_TYPES = new Set(['squashfs', 'iso9660', 'erofs', 'cramfs', 'udf']);

interface Mount {
  device: string;
  path: string;
  type: string;
}

interface Watched {
  path: string;
  points: readonly Point[];
}

export class Filesystems implements SystemPart {
  readonly #usage: ReturnType<InstrumentSet['upDownCounter']>;
  readonly #limit: ReturnType<InstrumentSet['upDownCounter']>;
  readonly #utilization: ReturnType<InstrumentSet['gauge']>;
  readonly #inodes: ReturnType<InstrumentSet['upDownCounter']>;
  #watched: Watched[] = [];
  #age = MOUNTS_EVERY;

  constructor(set: InstrumentSet) {
    const keys = ['system.device', 'system.filesystem.mountpoint', 'system.filesystem.type'];
    this.#usage = set.upDownCounter(
      'system.filesystem.usage',
      'By',
      'Space of mounted file systems by state; reserved is free for the administrator only.',
      ...keys,
      'system.filesystem.state',
    );
    this.#limit = set.upDownCounter(
      'system.filesystem.limit',
      'By',
      'Size of mounted file systems.',
      ...keys,
    );
    this.#utilization = set.gauge(
      'system.filesystem.utilization',
      '1',
      'Used part of the space that programs can use.',
      ...keys,
    );
    this.#inodes = set.upDownCounter(
      'system.filesystem.inodes.usage',
      '{inode}',
      'Inodes of mounted file systems by state.',
      ...keys,
      'system.filesystem.state',
    );
  }

  collect(): void {
    if (++this.#age > MOUNTS_EVERY) this.#readMounts();
    for (const watched of this.#watched) this.#measure(watched);
  }

  #readMounts(): void {
    this.#age = 0;
    let text: string;
    try {
      text = readFileSync('/proc/self/mounts', 'utf8');
    } catch {
      return;
    }
    this.#watched = selectMounts(text).map(({ device, path, type }) => ({
      path,
      points: [
        ...['used', 'free', 'reserved'].map((s) => this.#usage.point(device, path, type, s)),
        this.#limit.point(device, path, type),
        this.#utilization.point(device, path, type),
        ...['used', 'free'].map((s) => this.#inodes.point(device, path, type, s)),
      ],
    }));
  }

  #measure({ path, points }: Watched): void {
    let space: ReturnType<typeof statfsSync>;
    try {
      space = statfsSync(path);
    } catch {
      return;
    }
    const { bsize, blocks, bfree, bavail, files, ffree } = space;
    if (blocks === 0) return;
    const used = blocks - bfree;
    points[0]?.set(used * bsize);
    points[1]?.set(bavail * bsize);
    points[2]?.set((bfree - bavail) * bsize);
    points[3]?.set(blocks * bsize);
    points[4]?.set(used + bavail === 0 ? 0 : used / (used + bavail));
    if (files === 0) return;
    points[5]?.set(files - ffree);
    points[6]?.set(ffree);
  }

  close(): void {}
}

/** The mounts worth reporting, from the text of /proc/self/mounts (man 5 fstab: blanks are octal escapes). */
export function selectMounts(text: string): Mount[] {
  const byDevice = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [device, path, type] = line.split(' ').map(unescapeOctal);
    if (device === undefined || path === undefined || type === undefined) continue;
    const local = device.startsWith('/dev/') || LOCAL_TYPES.has(type);
    // A file system in user space may never answer; fuseblk (NTFS) is on a disk of this machine.
    if (type === 'fuse' || type.startsWith('fuse.') || RUNTIME_FILES.has(path)) continue;
    // An overlay is the root of a container; deeper ones belong to other containers.
    if (!local || IMAGE_TYPES.has(type) || (type === 'overlay' && path !== '/')) continue;
    const known = byDevice.get(device);
    if (known !== undefined && known.path.length <= path.length) continue;
    if (known !== undefined || byDevice.size < MAX_MOUNTS) {
      byDevice.set(device, { device, path, type });
    }
  }
  return [...byDevice.values()];
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
