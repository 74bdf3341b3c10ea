import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { fetchDetectedFields } from '../api/loki.ts';
import { formatCount } from '../format/units.ts';
import type { Interval } from '../time/range.ts';
import { Icon } from '../ui/icon.tsx';
import { type FieldStat, FieldStats } from './field-stats.ts';
import type { LineActions } from './line-actions.ts';
import { linesText } from './line-text.ts';
import { filterState } from './query-edit.ts';
import { Small } from './small-button.tsx';
import { minutesOf } from './use-labels.ts';

interface FieldListProps {
  readonly stats: FieldStats;
  readonly query: string;
  readonly interval: Interval;
  readonly actions: LineActions;
}

const topValues = 10;

/** Every field of the loaded lines with its frequent values, and the fields that the server found beyond them. */
export function FieldList({ stats, query, interval, actions }: FieldListProps) {
  const [filter, setFilter] = useState('');
  const [open, setOpen] = useState<string>();
  const fields = stats.fields();
  const known = new Set(fields.map(({ name }) => name));
  const span = minutesOf(interval);
  const { data: detected } = useQuery({
    queryKey: ['logs-detected-fields', query, span],
    queryFn: ({ signal }) => fetchDetectedFields(query, span, signal),
    staleTime: 60_000,
    retry: false,
  });
  const beyond = (detected ?? []).filter(({ name }) => !known.has(name));
  const wanted = (name: string) => name.toLowerCase().includes(filter.toLowerCase());
  const isStream = ({ source }: FieldStat) => source === 'stream';
  const groups = [
    { title: 'Stream labels', fields: fields.filter((one) => isStream(one) && wanted(one.name)) },
    { title: 'Fields', fields: fields.filter((one) => !isStream(one) && wanted(one.name)) },
  ];
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <input
        type="search"
        aria-label="Find a field"
        placeholder="Find a field"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
        className="mb-1 h-7 shrink-0 rounded-md border border-line-strong bg-surface px-2 text-sm placeholder:text-ink-3"
      />
      <div className="min-h-0 flex-1 overflow-y-auto pr-1">
        {groups.map(({ title, fields: own }) =>
          own.length === 0 ? null : (
            <section key={title} aria-label={title} className="pb-2">
              <h3 className="py-1 text-ink-3 text-xs">{title}</h3>
              <ul>
                {own.map((field) => (
                  <FieldItem
                    key={field.name}
                    field={field}
                    stats={stats}
                    open={open === field.name}
                    onToggle={() => setOpen(open === field.name ? undefined : field.name)}
                    actions={actions}
                  />
                ))}
              </ul>
            </section>
          ),
        )}
        {beyond.some(({ name }) => wanted(name)) ? (
          <section aria-label="In other lines" className="pb-2">
            <h3 className="py-1 text-ink-3 text-xs">In other lines</h3>
            <ul>
              {beyond
                .filter(({ name }) => wanted(name))
                .map(({ name, cardinality, type }) => (
                  <li key={name} className="flex h-6 items-center gap-2 px-1 text-ink-2 text-xs">
                    <span className="min-w-0 flex-1 truncate font-mono" title={`${name} (${type})`}>
                      {name}
                    </span>
                    <span className="text-ink-3">~{formatCount(cardinality)}</span>
                  </li>
                ))}
            </ul>
          </section>
        ) : null}
        <p className="pb-2 text-2xs text-ink-3">
          {stats.lines >= FieldStats.maxLines
            ? `Counted in the first ${linesText(stats.lines)}`
            : `Counted in what is loaded: ${linesText(stats.lines)}`}
        </p>
      </div>
    </div>
  );
}

interface FieldItemProps {
  readonly field: FieldStat;
  readonly stats: FieldStats;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly actions: LineActions;
}

function FieldItem({ field, stats, open, onToggle, actions }: FieldItemProps) {
  const { name, distinct, more, lines } = field;
  const isColumn = actions.columns.includes(name);
  return (
    <li>
      <div className="group flex items-center rounded-sm hover:bg-sunken">
        <button
          type="button"
          aria-expanded={open}
          onClick={onToggle}
          title={`${name}: in ${linesText(lines)}, ${formatCount(distinct)}${more ? '+' : ''} values`}
          className="flex h-6 min-w-0 flex-1 items-center gap-1 text-left text-xs"
        >
          <span className={`text-ink-3 ${open ? '' : '-rotate-90'}`}>
            <Icon name="down" />
          </span>
          <span className="min-w-0 flex-1 truncate font-mono">{name}</span>
          <span className="text-ink-3 group-focus-within:hidden group-hover:hidden">
            {formatCount(distinct)}
            {more ? '+' : ''}
          </span>
        </button>
        <span
          className={
            isColumn ? '' : 'hidden group-focus-within:inline-flex group-hover:inline-flex'
          }
        >
          <Small
            icon="eye"
            label={isColumn ? `Hide the column ${name}` : `Show ${name} as a column`}
            pressed={isColumn}
            onClick={() => actions.onColumn(name)}
          />
        </span>
      </div>
      {open ? <TopValues field={field} stats={stats} actions={actions} /> : null}
    </li>
  );
}

function TopValues(props: {
  readonly field: FieldStat;
  readonly stats: FieldStats;
  readonly actions: LineActions;
}) {
  const { field, stats, actions } = props;
  const { name, source, lines } = field;
  const top = stats.top(name, topValues);
  return (
    <ul className="mb-1 ml-4 border-line border-l pl-2">
      {top.map(({ value, lines: count }) => {
        const share = lines > 0 ? (count / lines) * 100 : 0;
        const state =
          actions.query === undefined ? undefined : filterState(actions.query, name, value);
        return (
          <li key={value} className="flex items-center gap-0.5 text-xs">
            <span className="min-w-0 flex-1" title={`${value} (${linesText(count)})`}>
              <span className="flex items-baseline gap-2">
                <span className="min-w-0 flex-1 truncate font-mono">
                  {value === '' ? '""' : value}
                </span>
                <span className="text-ink-3">{share < 1 ? '<1' : Math.round(share)} %</span>
              </span>
              <span aria-hidden="true" className="block h-0.5 bg-line">
                <span className="block h-0.5 bg-accent" style={{ width: `${share}%` }} />
              </span>
            </span>
            <Small
              icon="plus"
              label={`Only ${name} ${value}`}
              pressed={state === '='}
              disabled={actions.query === undefined}
              onClick={() => actions.onFilter({ name, source, value, op: '=' })}
            />
            <Small
              icon="minus"
              label={`No ${name} ${value}`}
              pressed={state === '!='}
              disabled={actions.query === undefined}
              onClick={() => actions.onFilter({ name, source, value, op: '!=' })}
            />
          </li>
        );
      })}
    </ul>
  );
}
