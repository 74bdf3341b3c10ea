import type { ReactNode } from 'react';

interface NoticeProps {
  readonly tone: 'empty' | 'info' | 'warn' | 'bad';
  readonly title?: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

const tones = {
  empty: 'border-line-strong text-ink-2',
  info: 'border-accent bg-accent-soft text-ink',
  warn: 'border-warn bg-warn-soft text-ink',
  bad: 'border-bad bg-bad-soft text-ink',
};

/** A message in place: what is the matter and what to do about it. */
export function Notice({ tone, title, children, action }: NoticeProps) {
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={`flex items-start gap-3 border-l-2 px-3 py-2 ${tones[tone]}`}
    >
      <div className="min-w-0 flex-1">
        {title === undefined ? null : <p className="font-medium text-ink">{title}</p>}
        <div className="break-words">{children}</div>
      </div>
      {action}
    </div>
  );
}
