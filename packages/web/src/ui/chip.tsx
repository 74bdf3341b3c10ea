import { Icon } from './icon.tsx';

interface ChipProps {
  readonly text: string;
  /** As tall as a field around it, else as a line of chips. */
  readonly tall?: boolean;
  readonly onRemove: () => void;
}

/** A filter that is in force, and a button that takes it away. */
export function Chip({ text, tall = false, onRemove }: ChipProps) {
  return (
    <span
      className={`inline-flex max-w-full items-center rounded-sm border border-line-strong bg-accent-soft pl-2 font-mono text-xs ${tall ? 'h-7' : 'h-6'}`}
    >
      <span className="truncate" title={text}>
        {text}
      </span>
      <button
        type="button"
        aria-label={`Remove ${text}`}
        title="Remove this filter"
        onClick={onRemove}
        className={`inline-flex shrink-0 items-center justify-center text-ink-2 hover:text-ink ${tall ? 'size-7' : 'size-6'}`}
      >
        <Icon name="close" />
      </button>
    </span>
  );
}
