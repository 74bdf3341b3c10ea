import { useState } from 'react';
import { parseDuration } from '../time/duration.ts';
import type { Interval, TimeRange } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { CopyLink } from '../ui/copy-link.tsx';
import { RangeControls } from './range-controls.tsx';
import type { ExploreState } from './state.ts';

interface ToolbarProps {
  readonly state: ExploreState;
  readonly interval: Interval | undefined;
  readonly stepText: string;
  readonly running: boolean;
  readonly onRange: (range: TimeRange) => void;
  readonly onStep: (step: string) => void;
  readonly onRefresh: (refresh: string) => void;
  readonly onRun: () => void;
}

const refreshes = ['', '5s', '10s', '30s', '1m', '5m'];
const field = 'h-7 rounded-md border border-line-strong bg-surface px-2 text-sm';

/** When, how finely, how often; and run. */
export function Toolbar(props: ToolbarProps) {
  const { state } = props;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
      <RangeControls range={state.range} interval={props.interval} onRange={props.onRange} />
      <StepField
        key={state.step}
        step={state.step}
        stepText={props.stepText}
        onStep={props.onStep}
      />
      <label className="flex items-center gap-1.5">
        <span className="text-ink-3 text-xs">Refresh</span>
        <select
          value={state.refresh}
          onChange={(event) => props.onRefresh(event.target.value)}
          className={field}
        >
          {[...new Set([...refreshes, state.refresh])].map((one) => (
            <option key={one} value={one}>
              {one === '' ? 'off' : one}
            </option>
          ))}
        </select>
      </label>
      <div className="ml-auto flex items-center gap-1.5">
        <CopyLink />
        <Button
          look="primary"
          onClick={props.onRun}
          title="Run the queries (Ctrl+Enter)"
          className="w-20 justify-center"
        >
          {props.running ? 'Running' : 'Run'}
        </Button>
      </div>
    </div>
  );
}

interface StepFieldProps {
  readonly step: string;
  readonly stepText: string;
  readonly onStep: (step: string) => void;
}

function StepField({ step, stepText, onStep }: StepFieldProps) {
  const [text, setText] = useState(step);
  const ms = parseDuration(text);
  const wrong = text.trim() !== '' && (ms === undefined || ms <= 0);
  const commit = () => {
    if (!wrong && text.trim() !== step) onStep(text.trim());
  };
  return (
    <label className="flex items-center gap-1.5">
      <span className="text-ink-3 text-xs">Step</span>
      <input
        value={text}
        placeholder={`auto ${stepText}`}
        aria-invalid={wrong}
        title={
          wrong
            ? 'A duration such as 15s, 1m or 1h30m'
            : 'Distance between points; empty chooses by itself'
        }
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
        className={`${field} w-24 aria-invalid:border-bad`}
      />
    </label>
  );
}
