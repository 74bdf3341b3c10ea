import { Icon } from '../ui/icon.tsx';

interface ColumnHeadsProps {
  readonly columns: readonly string[];
  readonly withDate: boolean;
  readonly onRemove: (name: string) => void;
}

/** Names above the columns; a field's own can be taken away here. */
export function ColumnHeads({ columns, withDate, onRemove }: ColumnHeadsProps) {
  return (
    <div className="sticky top-0 z-[1] flex h-6 items-center gap-x-3 border-line border-b bg-surface pr-2 pl-3 font-mono text-ink-3 text-xs">
      <span className={withDate ? 'w-[18ch] shrink-0' : 'w-[12ch] shrink-0'}>time</span>
      <span className="w-[5ch] shrink-0">level</span>
      {columns.map((name, index) => (
        <span
          key={name}
          style={{ width: `var(--column-${index})` }}
          className="group relative flex shrink-0 items-center"
        >
          <span className="truncate" title={name}>
            {name}
          </span>
          <button
            type="button"
            aria-label={`Hide the column ${name}`}
            title={`Hide the column ${name}`}
            onClick={() => onRemove(name)}
            className="absolute right-0 bg-surface opacity-0 hover:text-ink focus-visible:opacity-100 group-hover:opacity-100"
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      <span className="flex-1">message</span>
    </div>
  );
}
