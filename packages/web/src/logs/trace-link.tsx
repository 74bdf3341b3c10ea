import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface TraceLinkProps {
  readonly traceId: string;
  readonly className: string;
  readonly children: ReactNode;
}

/** Leads to the trace that a line belongs to. */
export function TraceLink({ traceId, className, children }: TraceLinkProps) {
  const router = useRouter();
  const href = `/traces/${traceId}`;
  return (
    <a
      href={href}
      className={className}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        router.history.push(href);
      }}
    >
      {children}
    </a>
  );
}
