// Drag helper: follows the pointer from a press to its release.

interface Drag {
  move(event: PointerEvent): void;
  /** Released; not after a cancel. */
  up?(event: PointerEvent): void;
}

/** Until the pointer is released or cancelled, or the view is closed. */
export function followPointer(target: HTMLElement | Window, signal: AbortSignal, { move, up }: Drag): void {
  const end = new AbortController();
  const until = { signal: end.signal };
  signal.addEventListener("abort", () => end.abort(), until);
  target.addEventListener("pointermove", move as EventListener, until);
  const stop = (event: Event) => {
    end.abort();
    if (event.type === "pointerup") up?.(event as PointerEvent);
  };
  for (const kind of ["pointerup", "pointercancel"]) target.addEventListener(kind, stop, until);
}
