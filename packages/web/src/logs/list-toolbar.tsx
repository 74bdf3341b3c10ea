import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import type { LogsState } from './state.ts';

interface ListToolbarProps {
  readonly state: LogsState;
  readonly isLive: boolean;
  /** What is shown, in words. */
  readonly summary: string;
  readonly fieldsOpen: boolean;
  readonly onFields: () => void;
  readonly onDownload: () => void;
  readonly onState: (change: Partial<LogsState>) => void;
}

const views = [
  { id: 'lines', label: 'Lines' },
  { id: 'patterns', label: 'Patterns' },
] as const;

/** Above the list: lines or patterns, and how lines are shown. */
export function ListToolbar(props: ListToolbarProps) {
  const { state, isLive, summary, fieldsOpen, onState } = props;
  const lines = state.view === 'lines' || isLive;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pb-1">
      {isLive ? null : (
        <fieldset className="flex gap-x-4">
          <legend className="sr-only">What is shown</legend>
          {views.map(({ id, label }) => (
            <label
              key={id}
              className="flex h-7 cursor-pointer items-center border-transparent border-b-2 text-ink-2 hover:text-ink has-checked:border-accent has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="logs-view"
                className="sr-only"
                checked={state.view === id}
                onChange={() => onState({ view: id })}
              />
              {label}
            </label>
          ))}
        </fieldset>
      )}
      <span className="text-ink-3 text-xs" aria-live="polite">
        {summary}
      </span>
      {lines ? (
        <div className="ml-auto flex items-center gap-1">
          {isLive ? null : (
            <Button
              look="quiet"
              aria-pressed={fieldsOpen}
              onClick={props.onFields}
              className={pressed}
            >
              Fields
            </Button>
          )}
          <Button
            look="quiet"
            aria-pressed={state.wrap}
            onClick={() => onState({ wrap: !state.wrap })}
            className={pressed}
          >
            Wrap
          </Button>
          {isLive ? null : (
            <Button
              look="quiet"
              title="Turn the order around"
              onClick={() => onState({ order: state.order === 'newest' ? 'oldest' : 'newest' })}
            >
              {state.order === 'newest' ? 'Newest first' : 'Oldest first'}
            </Button>
          )}
          <Button
            look="quiet"
            icon
            aria-label="Download the loaded lines"
            title="Download the loaded lines as JSON, one object a line"
            onClick={props.onDownload}
          >
            <Icon name="download" />
          </Button>
        </div>
      ) : null}
    </div>
  );
}

const pressed = 'aria-pressed:bg-accent-soft aria-pressed:text-ink';
