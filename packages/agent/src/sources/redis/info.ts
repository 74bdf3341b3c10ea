/** The answer to INFO: `name:value` lines under `# Section` lines. */

import type { Readings } from '../readings.ts';
import { M } from './metrics.ts';

export type Info = ReadonlyMap<string, string>;

export function parseInfo(reply: unknown): Info {
  const info = new Map<string, string>();
  if (typeof reply !== 'string') return info;
  for (const line of reply.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#'))
      info.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return info;
}

/** NaN when there is no such field, or it is no number. */
export function numberOf(info: Info, field: string): number {
  const value = info.get(field);
  return value === undefined || value === '' ? Number.NaN : Number(value);
}

const FIELDS = [
  [M.memoryUsed, 'used_memory'],
  [M.memoryPeak, 'used_memory_peak'],
  [M.memoryRss, 'used_memory_rss'],
  [M.memoryLua, 'used_memory_lua'],
  [M.fragmentation, 'mem_fragmentation_ratio'],
  [M.evicted, 'evicted_keys'],
  [M.expired, 'expired_keys'],
  [M.clients, 'connected_clients'],
  [M.blockedClients, 'blocked_clients'],
  [M.maxClients, 'maxclients'],
  [M.connections, 'total_connections_received'],
  [M.rejected, 'rejected_connections'],
  [M.rate, 'instantaneous_ops_per_sec'],
  [M.commands, 'total_commands_processed'],
  [M.input, 'total_net_input_bytes'],
  [M.output, 'total_net_output_bytes'],
  [M.replicas, 'connected_slaves'],
  [M.unsaved, 'rdb_changes_since_last_save'],
  [M.uptime, 'uptime_in_seconds'],
] as const;
const CPU = ['sys', 'user', 'sys_children', 'user_children'];
/** Redis has 16 databases by default; a cluster one. */
const MAX_DATABASES = 64;

export function readInfo(info: Info, readings: Readings): void {
  for (const [definition, field] of FIELDS) readings.add(definition, numberOf(info, field));
  for (const state of CPU) readings.add(M.cpu, numberOf(info, `used_cpu_${state}`), state);
  readings.add(M.fork, numberOf(info, 'latest_fork_usec') / 1e6);
  const limit = numberOf(info, 'maxmemory');
  if (limit > 0) readings.add(M.maxMemory, limit);
  for (let db = 0; db < MAX_DATABASES; db++) {
    // `keys=2,expires=0,avg_ttl=0`
    const fields = info.get(`db${db}`)?.split(',') ?? [];
    for (const field of fields) {
      const [name, value] = field.split('=');
      if (name === 'keys') readings.add(M.keys, Number(value), String(db));
      else if (name === 'expires') readings.add(M.expires, Number(value), String(db));
      else if (name === 'avg_ttl') readings.add(M.ttl, Number(value) / 1000, String(db));
    }
  }
}
