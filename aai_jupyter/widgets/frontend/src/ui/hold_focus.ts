// Keeps the keyboard in the widget that was used last. A focused element that is hidden, disabled or taken away leaves
// the focus to the page, and in a notebook's command mode the next letter changes the cell: M or R would cost its output.
import { focused, outside } from "./dom.ts";

/** Returns what lets go of the keyboard, for those who leave the widget on purpose. */
export function holdFocus(root: HTMLElement, signal: AbortSignal): () => void {
  let used = false;
  const within = (event: Event) =>
    event.composedPath().find((at) => at instanceof Element && at.classList.contains("aai")) === root;
  const shown = () => root.isConnected && root.getClientRects().length > 0;
  // After a click in the widget, an element around it, as the cell, has no better claim than the page.
  const lost = (clicked: boolean) => {
    const at = document.activeElement;
    if (!at || at === document.body || at === document.documentElement) return true;
    if (!clicked || root.contains(focused(root))) return false;
    for (let one = outside(root); one; one = outside(one)) if (one === focused(root) || one === at) return true;
    return false;
  };
  const regain = (clicked: boolean) =>
    requestAnimationFrame(() => {
      if (!signal.aborted && (used || clicked) && document.hasFocus() && shown() && lost(clicked))
        root.focus({ preventScroll: true });
    });
  const clicked = (event: Event) => {
    used = within(event);
    regain(used);
  };
  const left = (event: FocusEvent) => event.relatedTarget === null && regain(false);
  root.addEventListener("click", clicked, { signal });
  root.addEventListener("change", () => regain(false), { signal });
  root.addEventListener("focusout", left, { signal });
  const use = (event: Event) => {
    used = within(event);
  };
  for (const kind of ["pointerdown", "focusin"]) window.addEventListener(kind, use, { capture: true, signal });
  // What is pressed before the focus is back belongs to the widget, too.
  const pressed = (event: KeyboardEvent) => {
    if (!event.isTrusted || !used || !lost(false) || !shown()) return;
    event.stopImmediatePropagation();
    root.focus({ preventScroll: true });
    if (!root.dispatchEvent(new KeyboardEvent(event.type, event))) event.preventDefault();
  };
  window.addEventListener("keydown", pressed, { capture: true, signal });
  return () => {
    used = false;
  };
}
