import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react';

interface WhenNearProps {
  /** Held until the content is there, so that nothing moves. */
  readonly minHeight: number;
  readonly children: ReactNode;
}

/** Renders its content, and so downloads what the content needs, once the reader comes near it. */
export function WhenNear({ minHeight, children }: WhenNearProps) {
  const box = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (box.current === null || near) return;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setNear(true);
      },
      { rootMargin: '300px' },
    );
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, [near]);
  return (
    <div ref={box} style={{ minHeight }}>
      <Suspense>{near ? children : null}</Suspense>
    </div>
  );
}
