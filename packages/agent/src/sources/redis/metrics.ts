/** What the Redis source measures. Names are those of the OpenTelemetry Collector's receiver where it has one. */
import { define, type MetricDefinition } from '../readings.ts';

const PREFIX = 'redis.key.prefix';

export const M = {
  memoryUsed: define('redis.memory.used', 'gauge', 'By', 'Memory allocated for data and overhead.'),
  memoryPeak: define('redis.memory.peak', 'gauge', 'By', 'Most memory ever allocated.'),
  memoryRss: define('redis.memory.rss', 'gauge', 'By', 'Memory as the operating system sees it.'),
  memoryLua: define('redis.memory.lua', 'gauge', 'By', 'Memory of the Lua engine.'),
  maxMemory: define('redis.maxmemory', 'gauge', 'By', 'Limit of memory, where one is set.'),
  fragmentation: define(
    'redis.memory.fragmentation_ratio',
    'gauge',
    '1',
    'Memory as the operating system sees it, by memory allocated.',
  ),
  hits: define('redis.keyspace.hits', 'counter', '{hit}', 'Look-ups that found their key.'),
  misses: define('redis.keyspace.misses', 'counter', '{miss}', 'Look-ups that found no key.'),
  hitRatio: define(
    'redis.keyspace.hit_ratio',
    'gauge',
    '1',
    'Part of the look-ups that found their key, since the last collection.',
  ),
  evicted: define('redis.keys.evicted', 'counter', '{key}', 'Keys evicted for want of memory.'),
  expired: define('redis.keys.expired', 'counter', '{event}', 'Keys that expired.'),
  clients: define('redis.clients.connected', 'updowncounter', '{client}', 'Client connections.'),
  blockedClients: define(
    'redis.clients.blocked',
    'updowncounter',
    '{client}',
    'Clients that wait in a blocking command.',
  ),
  maxClients: define('redis.clients.max', 'gauge', '{client}', 'Most client connections allowed.'),
  connections: define(
    'redis.connections.received',
    'counter',
    '{connection}',
    'Connections accepted.',
  ),
  rejected: define(
    'redis.connections.rejected',
    'counter',
    '{connection}',
    'Connections refused because there were too many.',
  ),
  rate: define('redis.commands', 'gauge', '{ops}/s', 'Commands per second, by the server.'),
  commands: define('redis.commands.processed', 'counter', '{command}', 'Commands processed.'),
  cpu: define('redis.cpu.time', 'counter', 's', 'CPU time of the server.', 'state'),
  input: define('redis.net.input', 'counter', 'By', 'Bytes received.'),
  output: define('redis.net.output', 'counter', 'By', 'Bytes sent.'),
  replicas: define('redis.slaves.connected', 'updowncounter', '{replica}', 'Connected replicas.'),
  unsaved: define(
    'redis.rdb.changes_since_last_save',
    'updowncounter',
    '{change}',
    'Changes since the last dump.',
  ),
  fork: define('redis.latest_fork', 'gauge', 's', 'Time the last fork took.'),
  uptime: define('redis.uptime', 'counter', 's', 'Time since the server was started.'),
  keys: define('redis.db.keys', 'gauge', '{key}', 'Keys of a database.', 'db'),
  expires: define('redis.db.expires', 'gauge', '{key}', 'Keys with a time to live.', 'db'),
  ttl: define('redis.db.avg_ttl', 'gauge', 's', 'Mean time to live of those keys.', 'db'),
  ping: define('redis.ping.duration', 'gauge', 's', 'Round trip of PING, median of three.'),
  slow: define(
    'redis.slowlog.entries',
    'counter',
    '{entry}',
    'Entries of the slow log since this source began.',
  ),
  prefixKeys: define(
    'redis.prefix.keys',
    'gauge',
    '{key}',
    'Keys by prefix, estimated from a sample.',
    PREFIX,
  ),
  prefixMemory: define(
    'redis.prefix.memory',
    'gauge',
    'By',
    'Memory of the keys by prefix, estimated from a sample.',
    PREFIX,
  ),
  prefixActive: define(
    'redis.prefix.active_ratio',
    'gauge',
    '1',
    'Part of the sampled keys that are in use: touched within a minute or, with an LFU policy, often.',
    PREFIX,
  ),
  typeKeys: define(
    'redis.type.keys',
    'gauge',
    '{key}',
    'Keys by type of value, estimated from a sample.',
    'redis.key.type',
  ),
} as const satisfies Record<string, MetricDefinition>;

export const REDIS_METRICS: readonly MetricDefinition[] = Object.values(M);
