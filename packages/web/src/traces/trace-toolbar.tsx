import { formatCount } from '../format/units.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Segmented } from '../ui/segmented.tsx';
import type { TraceState, TraceView } from './trace-state.ts';
import type { Found } from './use-find.ts';

interface TraceToolbarProps {
  readonly state: TraceState;
  readonly search: Found;
  /** Place of the cursor among what was found, or -1. */
  readonly place: number;
  readonly errors: number;
  readonly isZoomed: boolean;
  readonly onState: (change: Partial<TraceState>) => void;
  readonly onFound: (direction: 1 | -1) => void;
  readonly onError: (direction: 1 | -1) => void;
  readonly onWhole: () => void;
  /** Closes what lies deeper; undefined opens everything. */
  readonly onDepth: (depth: number | undefined) => void;
}

const views: readonly { readonly value: TraceView; readonly label: string }[] = [
  { value: 'waterfall', label: 'Waterfall' },
  { value: 'flame', label: 'Flame' },
];

/** How the trace is shown, and finding spans in it. */
export function TraceToolbar(props: TraceToolbarProps) {
  const { state, search, place, errors, onState } = props;
  const found = search.rows;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Segmented
        label="View"
        name="view"
        options={views}
        value={state.view}
        onChange={(view) => onState({ view })}
      />
      <label className="flex items-center gap-1.5">
        <input
          type="checkbox"
          checked={state.critical}
          onChange={(event) => onState({ critical: event.target.checked })}
          className="accent-(--accent)"
        />
        Critical path
        <span aria-hidden="true" className="h-[3px] w-4 bg-ink" />
      </label>
      {state.view === 'waterfall' ? (
        <span className="flex gap-0.5">
          <Button look="quiet" onClick={() => props.onDepth(undefined)}>
            Open all
          </Button>
          <Button look="quiet" onClick={() => props.onDepth(1)}>
            Close all
          </Button>
        </span>
      ) : null}
      {props.isZoomed ? (
        <Button look="quiet" title="Show the whole trace (0)" onClick={props.onWhole}>
          <Icon name="zoomOut" />
          Whole trace
        </Button>
      ) : null}
      {props.isZoomed && state.view === 'waterfall' ? (
        <label className="flex items-center gap-1.5">
          <input
            type="checkbox"
            checked={!state.everyRow}
            onChange={(event) => onState({ everyRow: !event.target.checked })}
            className="accent-(--accent)"
          />
          Only spans of this time
        </label>
      ) : null}
      <div className="ml-auto flex min-w-0 flex-wrap items-center gap-1.5">
        {errors > 0 ? (
          <Button title="Next error (e)" onClick={() => props.onError(1)} className="text-bad!">
            Next error
          </Button>
        ) : null}
        <input
          data-find
          value={state.find}
          onChange={(event) => onState({ find: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Enter') props.onFound(event.shiftKey ? -1 : 1);
            if (event.key !== 'Escape') return;
            if (state.find === '') event.currentTarget.blur();
            else onState({ find: '' });
          }}
          placeholder="Find: name, error, >250ms, key=value"
          aria-label="Find spans"
          title="Parts of names, an id, error, kind:server, >250ms, or an attribute as http.route=/cart; Enter goes to the next (/)"
          spellCheck={false}
          className="h-7 w-72 min-w-0 max-w-full rounded-md max-sm:w-60 border border-line-strong bg-surface px-2 text-sm"
        />
        {found === undefined ? null : (
          <span role="status" className="whitespace-nowrap text-ink-2 text-xs">
            {place >= 0 ? `${formatCount(place + 1)} of ` : ''}
            {formatCount(found.length)}
            {search.missing > 0
              ? ` (the first of ${formatCount(found.length + search.missing)})`
              : ''}
          </span>
        )}
        {search.isRunning ? <span className="text-ink-3 text-xs">searching</span> : null}
        {search.error === null ? null : (
          <span role="alert" className="text-bad text-xs" title={search.error.message}>
            not searched
          </span>
        )}
        <span className="flex">
          <Button
            look="quiet"
            icon
            aria-label="Found before"
            title="Before (N)"
            disabled={!found?.length}
            onClick={() => props.onFound(-1)}
          >
            <Icon name="left" />
          </Button>
          <Button
            look="quiet"
            icon
            aria-label="Found next"
            title="Next (n)"
            disabled={!found?.length}
            onClick={() => props.onFound(1)}
          >
            <Icon name="right" />
          </Button>
        </span>
      </div>
    </div>
  );
}
