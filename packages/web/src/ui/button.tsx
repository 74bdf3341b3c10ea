import type { ButtonHTMLAttributes, Ref } from 'react';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'plain' | 'primary' | 'quiet';
  readonly icon?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

const looks = {
  plain: 'border border-line-strong bg-surface text-ink hover:border-ink-3',
  primary: 'border border-accent bg-accent text-on-accent hover:opacity-90',
  quiet: 'border border-transparent text-ink-2 hover:bg-sunken hover:text-ink',
};

/** A button of the one height (28 px) that all controls share. */
export function Button({ look = 'plain', icon = false, className = '', ...rest }: ButtonProps) {
  const width = icon ? 'w-7 justify-center' : 'px-2.5';
  return (
    <button
      type="button"
      {...rest}
      className={`inline-flex h-7 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-md text-sm transition-colors disabled:opacity-50 ${width} ${looks[look]} ${className}`}
    />
  );
}
