import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  /** Takes most of the window, for content that is wide. */
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A modal dialog on the browser's own element: it traps focus, closes on Esc and gives focus back. It is open while it is rendered. */
export function Dialog({ title, wide = false, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog
      ref={element}
      aria-labelledby={titleId}
      onClose={onClose}
      className={`m-auto ${wide ? 'w-[min(80rem,calc(100vw-24px))]' : 'w-[min(34rem,calc(100vw-24px))]'} rounded-lg border border-line bg-surface p-0 text-ink shadow-(--shadow)`}
    >
      <div className="flex items-center justify-between border-line border-b py-2 pr-2 pl-4">
        <h2 id={titleId} className="font-semibold text-base">
          {title}
        </h2>
        <Button look="quiet" icon aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </Button>
      </div>
      <div className="p-4">{children}</div>
    </dialog>
  );
}
