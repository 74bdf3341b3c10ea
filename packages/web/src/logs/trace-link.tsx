import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface TraceLinkProps {
  readonly traceId: string;
  /** The span that wrote the line, which is opened in the trace. */
  readonly spanId: string | undefined;
  readonly className: string;
  readonly children: ReactNode;
}

/** Leads to the trace that a line belongs to. */
export function TraceLink({ traceId, spanId, className, children }: TraceLinkProps) {
  return (
    <Link
      to="/traces/$traceId"
      params={{ traceId }}
      search={spanId === undefined ? {} : { span: spanId }}
      preload={false}
      className={className}
    >
      {children}
    </Link>
  );
}
