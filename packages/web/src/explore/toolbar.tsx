import { useState } from 'react';
import { parseDuration } from '../time/duration.ts';
import {
  absoluteRange,
  type Interval,
  shiftInterval,
  type TimeRange,
  widenInterval,
} from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { copyText } from '../ui/copy.ts';
import { Icon } from '../ui/icon.tsx';
import { RangePicker } from './range-picker.tsx';
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
  const { state, interval } = props;
  const move = (change: (interval: Interval) => Interval) => {
    if (interval === undefined) return;
    const moved = change(interval);
    props.onRange(absoluteRange(moved.fromMs, moved.toMs));
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
      <div className="flex min-w-0 items-center gap-0.5">
        <RangePicker range={state.range} onRange={props.onRange} />
        <IconButton
          icon="left"
          label="Earlier"
          onClick={() => move((one) => shiftInterval(one, -1))}
        />
        <IconButton icon="zoomOut" label="Zoom out" onClick={() => move(widenInterval)} />
        <IconButton
          icon="right"
          label="Later"
          onClick={() => move((one) => shiftInterval(one, 1))}
        />
      </div>
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

function IconButton(props: {
  readonly icon: 'left' | 'right' | 'zoomOut';
  readonly label: string;
  readonly onClick: () => void;
}) {
  return (
    <Button look="quiet" icon aria-label={props.label} title={props.label} onClick={props.onClick}>
      <Icon name={props.icon} />
    </Button>
  );
}

function CopyLink() {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      look="quiet"
      title="Copy a link to exactly this"
      onBlur={() => setCopied(false)}
      onClick={() => copyText(window.location.href).then(setCopied)}
    >
      <Icon name={copied ? 'check' : 'link'} />
      <span aria-live="polite">{copied ? 'Copied' : 'Copy link'}</span>
    </Button>
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
