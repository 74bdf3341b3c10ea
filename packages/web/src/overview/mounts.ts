import type { QueryData } from '../api/prometheus.ts';

export interface Mount {
  readonly mountpoint: string;
  readonly device: string;
  readonly usedBytes: number;
  readonly sizeBytes: number;
  readonly ratio: number;
}

/**
 * File systems from `system_filesystem_usage_bytes` by state, the fullest first. Size is used + free, without what
 * is reserved for root, as `df` reckons its percentage. A device mounted twice is told once.
 */
export function mountsOf(data: QueryData): Mount[] {
  if (data.resultType !== 'vector') return [];
  const states = new Map<
    string,
    { mountpoint: string; device: string; used: number; free: number }
  >();
  for (const { metric, value } of data.result) {
    const mountpoint = metric.system_filesystem_mountpoint ?? '';
    const device = metric.system_device ?? '';
    const key = `${device}\0${mountpoint}`;
    const entry = states.get(key) ?? { mountpoint, device, used: 0, free: 0 };
    const bytes = Number(value?.[1] ?? 0);
    if (metric.system_filesystem_state === 'used') entry.used = bytes;
    if (metric.system_filesystem_state === 'free') entry.free = bytes;
    states.set(key, entry);
  }
  const mounts = [...states.values()]
    .filter((entry) => entry.used + entry.free > 0)
    .map(({ mountpoint, device, used, free }) => ({
      mountpoint,
      device,
      usedBytes: used,
      sizeBytes: used + free,
      ratio: used / (used + free),
    }))
    .sort((a, b) => b.ratio - a.ratio || a.mountpoint.length - b.mountpoint.length);
  const seen = new Set<string>();
  return mounts.filter((mount) => {
    const isNew = mount.device === '' || !seen.has(mount.device);
    seen.add(mount.device);
    return isNew;
  });
}
