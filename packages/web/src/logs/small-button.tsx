import { Icon } from '../ui/icon.tsx';

interface SmallProps {
  readonly icon: 'plus' | 'minus' | 'eye' | 'copy' | 'check';
  readonly label: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

/** A button of one row among many. */
export function Small({ icon, label, pressed, disabled, onClick }: SmallProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
      className="inline-flex size-6 items-center justify-center rounded-sm text-ink-3 hover:bg-accent-soft hover:text-ink disabled:opacity-40 aria-pressed:text-accent"
    >
      <Icon name={icon} />
    </button>
  );
}
