/**
 * A dialog in front of the page. The browser keeps the focus in it, and closes it by Escape.
 *
 * @module
 */
import type { Signal } from "@preact/signals-core";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { use } from "../use.ts";
import { Icon } from "./icon.tsx";

/** A dialog that is there while a signal is true. */
export function Dialog(
  { open, title, children }: { open: Signal<boolean>; title: string; children: ComponentChildren },
): JSX.Element {
  const isOpen = use(open), dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current!.showModal();
    else dialog.current!.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={() => open.value = false}
      onClick={(event) => event.target === dialog.current && dialog.current!.close()}
    >
      {isOpen && (
        <div class="sheet">
          <header>
            <h2>{title}</h2>
            <button
              type="button"
              class="btn icon"
              aria-label="Close"
              onClick={() => dialog.current!.close()}
            >
              <Icon name="close" />
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  );
}
