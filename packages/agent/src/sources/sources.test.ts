import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { test } from 'node:test';
import type { InstrumentSource } from '../instrument-source.ts';
import type { Instrument, Point } from '../metrics.ts';
import { ProcessSource } from './process/source.ts';
import { selectMounts } from './system/filesystem.ts';
import { SystemSource } from './system/source.ts';

const onLinux = process.platform === 'linux';

function instrument(source: InstrumentSource, name: string): Instrument {
  const found = source.instruments.find(({ descriptor }) => descriptor.name === name);
  assert.ok(found, `${name} is measured`);
  return found;
}

function point(source: InstrumentSource, name: string, ...attributes: string[]): Point {
  const found = instrument(source, name).point(...attributes);
  assert.ok(found.present, `${name} ${attributes.join()} is present`);
  return found;
}

function present(source: InstrumentSource, name: string): Point[] {
  return instrument(source, name).points.filter((p) => p.present);
}

for (const platform of [process.platform, 'sunos'] as const) {
  test(`the system source measures cores, load and memory on ${platform}`, () => {
    const source = new SystemSource({ intervalMs: 1000, platform });
    source.collect();
    assert.ok(point(source, 'system.cpu.time', 'idle', '0').value > 0);
    const cores = new Set(present(source, 'system.cpu.time').map((p) => p.attributeValues[1]));
    assert.equal(cores.size, cpus().length);
    assert.ok(point(source, 'system.cpu.logical.count').value > 0);
    assert.ok(point(source, 'system.cpu.load_average.5m').value >= 0);
    assert.equal(point(source, 'system.memory.limit').value, totalmem());
    const states = present(source, 'system.memory.usage').map((p) => p.value);
    assert.equal(Math.round(states.reduce((a, b) => a + b) / totalmem()), 1);
    assert.ok(point(source, 'system.uptime').value > 0);
    source.close();
  });
}

test('the system source agrees with the kernel about this machine', { skip: !onLinux }, () => {
  const source = new SystemSource({ intervalMs: 1000 });
  source.collect();
  assert.ok(point(source, 'system.network.io', 'lo', 'receive').value >= 0);
  assert.equal(
    point(source, 'system.network.io', 'lo', 'receive').value,
    point(source, 'system.network.io', 'lo', 'transmit').value,
  );
  for (const limit of present(source, 'system.filesystem.limit')) {
    const space = statfsSync(limit.attributeValues[1] ?? '');
    assert.equal(limit.value, space.blocks * space.bsize);
  }
  const parts = present(source, 'system.filesystem.usage').reduce((sum, p) => sum + p.value, 0);
  const limits = present(source, 'system.filesystem.limit').reduce((sum, p) => sum + p.value, 0);
  assert.equal(parts, limits);
  const before = point(source, 'system.cpu.time', 'user', '0').value;
  source.collect();
  assert.ok(point(source, 'system.cpu.time', 'user', '0').value >= before);
  assert.ok(point(source, 'system.linux.file_handle.usage').value > 0);
  source.close();
});

test('the process source measures this process', () => {
  const source = new ProcessSource({ intervalMs: 1000 });
  source.collect();
  assert.ok(point(source, 'process.cpu.time', 'user').value > 0);
  assert.ok(point(source, 'process.memory.usage').value > 1e6);
  assert.ok(point(source, 'v8js.memory.heap.used', 'old_space').value > 1e5);
  assert.ok(point(source, 'v8js.memory.heap.limit').value > 1e7);
  assert.ok(point(source, 'nodejs.eventloop.utilization').value >= 0);
  assert.ok(point(source, 'process.uptime').value > 0);
  const timers = [setInterval(() => {}, 1e6), setInterval(() => {}, 1e6)];
  source.collect();
  assert.ok(point(source, 'nodejs.active_resources', 'Timeout').value >= timers.length);
  for (const timer of timers) clearInterval(timer);
  if (onLinux) {
    assert.ok(point(source, 'process.thread.count').value > 1);
    assert.ok(point(source, 'process.memory.virtual').value > 1e6);
    assert.ok(point(source, 'process.open_file_descriptor.count').value > 2);
  }
  source.close();
});

test('the longest delay is told once, whether its window has been collected or not', async () => {
  const source = new ProcessSource({ intervalMs: 1000 });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 50));
  const block = async (): Promise<void> => {
    const endMs = performance.now() + 300;
    while (performance.now() < endMs);
    await turn();
  };
  await turn();
  source.takeLongestDelayMs();
  await block();
  assert.ok(source.takeLongestDelayMs() > 200);
  assert.ok(source.takeLongestDelayMs() < 200);
  source.collect();
  assert.ok(source.takeLongestDelayMs() < 200);
  // The histogram begins anew with its next sample.
  await turn();
  await block();
  source.collect();
  source.collect();
  assert.ok(source.takeLongestDelayMs() > 200);
  source.close();
});

test('garbage collections are counted by type', async () => {
  const source = new ProcessSource({ intervalMs: 1000 });
  const minor = instrument(source, 'v8js.gc.duration').point('minor');
  let kept: number[][] = [];
  while (minor.value === 0) {
    kept = Array.from({ length: 10_000 }, () => [1, 2, 3]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(kept.length > 0 && minor.sum > 0);
  assert.equal(
    minor.buckets.reduce((a, b) => a + b),
    minor.value,
  );
  source.close();
});

test('mounts: devices once, at the shortest path; no pseudo, image or network file systems', () => {
  const text = `proc /proc proc rw 0 0
/dev/sda1 /data/deep ext4 rw,relatime 0 0
/dev/sda1 / ext4 rw,relatime 0 0
/dev/sda2 /my\\040disk xfs ro 0 0
/dev/loop1 /snap/x squashfs ro 0 0
server:/x /nfs nfs4 rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/fuse /run/user/1000/doc fuse rw 0 0
/dev/sdc1 /etc/hosts ext4 rw 0 0
/dev/sdc1 /var/lib/data ext4 rw 0 0
pool/home /home zfs rw 0 0
overlay /var/lib/x/merged overlay rw 0 0
`;
  assert.deepEqual(
    selectMounts(text).map(({ device, path, type }) => `${device} ${path} ${type}`),
    [
      '/dev/sda1 / ext4',
      '/dev/sda2 /my disk xfs',
      '/dev/sdc1 /var/lib/data ext4',
      'pool/home /home zfs',
    ],
  );
});
