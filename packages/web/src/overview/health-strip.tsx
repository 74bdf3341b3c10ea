import type { ReactNode } from 'react';
import type { Listener, SystemStatus } from '../api/status.ts';
import { formatUptime } from '../format/age.ts';
import { formatValue } from '../format/units.ts';
import { useSystem } from './use-status.ts';

/** One line on how the process stands. Its height is the same before, during and after loading. */
export function HealthStrip() {
  const { data, error } = useSystem();
  if (error !== null && data === undefined) {
    return (
      <p role="alert" className="my-2 border-bad border-l-2 bg-bad-soft px-3 py-2 text-ink">
        <strong className="font-medium">The server reports no status.</strong> {error.message}
      </p>
    );
  }
  const problems = data === undefined ? [] : problemsOf(data);
  return (
    <>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 py-2 md:grid-cols-6 xl:grid-cols-[5rem_4rem_6.5rem_11.5rem_11.5rem_minmax(0,1fr)_16rem]">
        <Fact name="State">
          <State tone={error === null ? toneOf(data) : 'bad'}>
            {error === null ? wordOf(data) : 'no answer'}
          </State>
        </Fact>
        <Fact name="Version">{data?.version}</Fact>
        <Fact name="Up">{data && formatUptime(data.uptime_s)}</Fact>
        <Fact name="On disk" wide="md">
          {data && storedBytes(data.store)}
        </Fact>
        <Fact name="Preset" wide="yes" title={data?.preset.reason}>
          {data && presetText(data.preset)}
        </Fact>
        <Fact name="Data directory" wide="yes" title={data?.data_dir}>
          {data && shortPath(data.data_dir)}
        </Fact>
        <Fact name="Listening" wide="yes">
          <span className="flex gap-x-3">
            {data?.listeners.map((listener) => (
              <ListenerState key={listener.name} listener={listener} />
            ))}
          </span>
        </Fact>
      </dl>
      {problems.map((problem) => (
        <p
          key={problem}
          role="status"
          className="mb-2 border-warn border-l-2 bg-warn-soft px-3 py-1.5"
        >
          {problem}
        </p>
      ))}
    </>
  );
}

function toneOf(data: SystemStatus | undefined): 'good' | 'bad' | 'none' {
  if (data === undefined) return 'none';
  return data.ready ? 'good' : 'bad';
}

function wordOf(data: SystemStatus | undefined): string {
  if (data === undefined) return '…';
  return data.ready ? 'ready' : 'not ready';
}

function presetText(preset: SystemStatus['preset']): string {
  return `${preset.name} (${preset.cores} cores, ${formatValue(preset.memory_bytes, 'bytes')})`;
}

/** What keeps the process from doing all of its work, in words. */
function problemsOf(data: SystemStatus): string[] {
  const failed = data.listeners
    .filter((listener) => listener.state === 'failed')
    .map((listener) => `${nameOf(listener)} is not listening: ${listener.detail}`);
  return data.ready ? failed : [`Not ready: ${data.not_ready_reason}`, ...failed];
}

/** Columns of the strip where it has several rows. */
const spans = { no: '', md: 'md:col-span-2', yes: 'col-span-2' };

interface FactProps {
  readonly name: string;
  readonly wide?: keyof typeof spans;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/** One value under its name. Its place has a fixed size, so that nothing moves when the value comes. */
function Fact({ name, wide = 'no', title, children }: FactProps) {
  return (
    <div className={`min-w-0 xl:col-span-1 ${spans[wide]}`}>
      <dt className="text-2xs text-ink-3">{name}</dt>
      <dd title={title} className="h-5 truncate text-ink">
        {children ?? '…'}
      </dd>
    </div>
  );
}

function State({
  tone,
  children,
}: {
  readonly tone: 'good' | 'bad' | 'none';
  readonly children: ReactNode;
}) {
  const dot = { good: 'bg-good', bad: 'bg-bad', none: 'bg-line-strong' }[tone];
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
      {children}
    </span>
  );
}

function ListenerState({ listener }: { readonly listener: Listener }) {
  const listening = listener.state === 'listening';
  return (
    <span className="whitespace-nowrap" title={listener.url}>
      {nameOf(listener)}{' '}
      <span className={listener.state === 'failed' ? 'text-warn' : 'text-ink-2'}>
        {listening ? portOf(listener.url) : listener.state}
      </span>
    </span>
  );
}

const listenerNames = new Map([
  ['http', 'HTTP'],
  ['otlp_http', 'OTLP'],
  ['otlp_grpc', 'gRPC'],
]);

function nameOf(listener: Listener): string {
  return listenerNames.get(listener.name) ?? listener.name;
}

function portOf(url: string): string {
  return /:\d+(?=\/?$)/.exec(url)?.[0] ?? url;
}

function shortPath(path: string): string {
  const parts = path.split('/');
  return parts.length <= 4 ? path : `…/${parts.slice(-2).join('/')}`;
}

function storedBytes(store: SystemStatus['store']): string {
  const stored = formatValue(store.disk_bytes ?? 0, 'bytes');
  const free = store.disk_free_bytes;
  return free === undefined ? stored : `${stored}, ${formatValue(free, 'bytes')} free`;
}
