import type { ReactNode } from 'react';

interface PanelFrameProps {
  readonly title: string;
  readonly headline: string;
  /** The time under the sight line. */
  readonly at?: string | undefined;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of one measurement: hairlines only, so that the sheet reads as one instrument. */
export function PanelFrame({ title, headline, at, action, children }: PanelFrameProps) {
  return (
    <article aria-label={title} className="min-w-0 bg-surface px-3 pt-2 pb-1.5">
      <header className="flex h-7 items-center gap-2">
        <h3 className="text-ink-2 text-sm">{title}</h3>
        <span className="font-semibold text-base text-ink">{headline}</span>
        <span className="ml-auto text-sight text-xs">{at}</span>
        {action}
      </header>
      {children}
    </article>
  );
}
