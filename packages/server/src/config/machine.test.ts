import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { choosePreset, measureMachine, presetFor } from './machine.ts';
import type { PresetName } from './setting.ts';

const GB = 1e9;
const sizes: [number, number, PresetName][] = [
  [7.9 * GB, 16, 'small'],
  [64 * GB, 3.5, 'small'],
  [8 * GB, 4, 'medium'],
  [64 * GB, 7, 'medium'],
  [15 * GB, 32, 'medium'],
  [16 * GB, 8, 'large'],
];
for (const [memoryBytes, cores, want] of sizes) {
  test(`${memoryBytes / GB} GB and ${cores} cores are ${want}`, () =>
    assert.equal(
      presetFor({ memoryBytes, cores, memoryFrom: 'machine', coresFrom: 'machine' }),
      want,
    ));
}

function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'sightline-machine-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('takes the least limit of cgroup v2 on the way to the root', () => {
  const root = tree({
    'proc/self/cgroup': '0::/a/b\n',
    'sys/fs/cgroup/a/memory.max': '104857600\n',
    'sys/fs/cgroup/a/b/memory.max': 'max\n',
    'sys/fs/cgroup/a/b/cpu.max': '50000 100000\n',
  });
  const size = measureMachine(root);
  assert.deepEqual(size, {
    memoryBytes: 104_857_600,
    cores: 0.5,
    memoryFrom: 'cgroup',
    coresFrom: 'cgroup',
  });
  const choice = choosePreset('auto', '', size);
  assert.equal(choice.name, 'small');
  assert.equal(choice.reason, '0.1 GB of memory (container limit), 0.5 cores (container limit)');
});

test('takes the limits of cgroup v1', () => {
  const root = tree({
    'proc/self/cgroup': '5:memory:/x\n4:cpu,cpuacct:/x\n',
    'sys/fs/cgroup/memory/x/memory.limit_in_bytes': '1000000',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    'sys/fs/cgroup/cpu/x/cpu.cfs_quota_us': '25000',
    'sys/fs/cgroup/cpu/x/cpu.cfs_period_us': '100000',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
  });
  const size = measureMachine(root);
  assert.deepEqual([size.memoryBytes, size.cores], [1_000_000, 0.25]);
});

test('takes the machine where nothing limits it', () => {
  const size = measureMachine(tree({}));
  assert.deepEqual(size, {
    memoryBytes: totalmem(),
    cores: availableParallelism(),
    memoryFrom: 'machine',
    coresFrom: 'machine',
  });
});

test('a preset by name says who set it', () => {
  const choice = choosePreset('large', 'flag --preset', measureMachine());
  assert.deepEqual([choice.name, choice.reason], ['large', 'set by flag --preset']);
});
