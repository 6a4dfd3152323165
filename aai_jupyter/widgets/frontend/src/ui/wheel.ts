// A pane inside a page that scrolls takes the wheel only when it is meant: it holds the focus, or the pointer was in it
// when the gesture began. At its end, and while the pointer only passes over it, the page scrolls on.
import { focused, outside } from "./dom.ts";

const PAUSE = 250; // ms without a wheel event between two gestures

export function shareWheel(pane: HTMLElement, signal: AbortSignal): void {
  let last = -Infinity;
  let began = false;
  const gesture = (event: WheelEvent) => {
    if (event.timeStamp - last > PAUSE) began = event.composedPath().includes(pane);
    last = event.timeStamp;
  };
  window.addEventListener("wheel", gesture, { capture: true, passive: true, signal });
  const wheel = (event: WheelEvent) => {
    if (event.ctrlKey || event.shiftKey || !event.deltaY) return;
    const meant = began || pane.contains(focused(pane));
    if (meant && room(pane, event.deltaY)) return;
    const page = around(pane, event.deltaY);
    if (!page) return; // the host scrolls outside of this document: it hears of what nobody here takes
    event.preventDefault();
    const unit = [1, 16, pane.clientHeight][event.deltaMode];
    page.scrollBy({ top: event.deltaY * unit, behavior: "instant" });
  };
  pane.addEventListener("wheel", wheel, { passive: false, signal });
}

/** Whether there is something left to scroll in this direction. */
function room(element: Element, delta: number): boolean {
  const left = element.scrollHeight - element.clientHeight - element.scrollTop;
  return delta > 0 ? left > 1 : element.scrollTop > 0;
}

/** The nearest element around that can scroll in this direction, out of shadow trees too. */
function around(element: Element, delta: number): Element | null {
  const page = document.scrollingElement;
  for (let at = outside(element); at; at = outside(at)) {
    const scrolls = at === page || /auto|scroll|overlay/.test(getComputedStyle(at).overflowY);
    if (scrolls && room(at, delta)) return at;
  }
  return null;
}
