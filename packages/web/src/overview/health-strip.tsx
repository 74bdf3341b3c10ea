import type { ReactNode } from 'react';
import type { Listener } from '../api/status.ts';
import { formatUptime } from '../format/age.ts';
import { formatValue } from '../format/units.ts';
import { useSystem } from './use-status.ts';

/** One line on how the process stands. Its height is the same before, during and after loading. */
export function HealthStrip() {
  const { data, error } = useSystem();
  if (error !== null && data === undefined) {
    return (
      <p role="alert" className="min-h-9 border-bad border-l-2 bg-bad-soft px-3 py-2 text-ink">
        <strong className="font-medium">The server reports no status.</strong> {error.message}
      </p>
    );
  }
  const stale = error !== null;
  return (
    <dl className="grid min-h-9 grid-cols-2 gap-x-6 gap-y-1 py-2 text-sm xs:grid-cols-3 md:flex md:flex-wrap">
      <Fact name="State">
        <State tone={stale ? 'bad' : data ? 'good' : 'none'}>
          {stale ? 'no answer' : data ? 'running' : '…'}
        </State>
      </Fact>
      <Fact name="Version">{data?.version ?? '…'}</Fact>
      <Fact name="Up">{data ? formatUptime(data.uptime_s) : '…'}</Fact>
      <Fact name="Data">
        <span title={data?.data_dir}>{data ? shortPath(data.data_dir) : '…'}</span>
      </Fact>
      <Fact name="On disk">{data ? storedBytes(data.store) : '…'}</Fact>
      <Fact name="Kept">{data?.retention.metrics ?? '…'}</Fact>
      <Fact name="Preset">
        <span title={data?.preset.reason}>{data?.preset.name ?? '…'}</span>
      </Fact>
      <Fact name="Listening">
        <span className="flex flex-wrap gap-x-3">
          {data
            ? data.listeners.map((listener) => (
                <ListenerState key={listener.name} listener={listener} />
              ))
            : '…'}
        </span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col md:flex-row md:items-baseline md:gap-1.5">
      <dt className="text-ink-3 text-xs">{name}</dt>
      <dd className="min-w-0 break-words text-ink">{children}</dd>
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
    <span
      className="whitespace-nowrap"
      title={`${listener.name}: ${listener.url}, ${listener.state}`}
    >
      {listenerNames.get(listener.name) ?? listener.name}{' '}
      <span className={listening ? 'text-ink-2' : 'text-warn'}>
        {listening ? portOf(listener.url) : listener.state}
      </span>
    </span>
  );
}

const listenerNames = new Map([
  ['http', 'HTTP'],
  ['otlp_http', 'OTLP/HTTP'],
  ['otlp_grpc', 'OTLP/gRPC'],
]);

function portOf(url: string): string {
  return /:\d+(?=\/?$)/.exec(url)?.[0] ?? url;
}

function shortPath(path: string): string {
  const parts = path.split('/');
  return parts.length <= 4 ? path : `…/${parts.slice(-2).join('/')}`;
}

function storedBytes(store: Readonly<Record<string, number>>): string {
  const bytes = (store.disk_bytes ?? 0) + (store.journal_bytes ?? 0);
  return formatValue(bytes, 'bytes');
}
