// Elements without innerHTML: text given here is always text.
type Child = Node | string | null | undefined | false;
type Handlers = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };

export interface Props {
  class?: string;
  text?: string;
  on?: Handlers;
  [attribute: string]: unknown;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = String(value);
    else if (name === "on") {
      for (const [event, handler] of Object.entries(value as Handlers)) {
        element.addEventListener(event, handler as EventListener);
      }
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child || child === ""));
  return element;
}

const OWN_KEYS = "data-lm-suppress-shortcuts";

/**
 * Keys in a widget are its own. JupyterLab hears of them after the widget, Notebook 7 before it, and both ask from
 * the focused element upwards: a shortcut for ":focus" is found there, before they come to the root and its mark.
 */
export function keepKeys(root: HTMLElement, signal: AbortSignal): void {
  root.setAttribute(OWN_KEYS, "true");
  const mark = (event: Event) => (event.composedPath()[0] as Element).setAttribute(OWN_KEYS, "true");
  root.addEventListener("focusin", mark, { signal });
}

/** Gives an element the keyboard, unless somebody has gone elsewhere by now: an answer of the kernel may take seconds. */
export function takeFocus(element: HTMLElement): void {
  const outside = document.activeElement === document.body ? null : document.activeElement;
  const at = focused(element) ?? outside;
  const widget = element.closest(".aai") ?? element;
  if (!at || widget.contains(at) || at.contains(element)) element.focus({ preventScroll: true });
}

/** Makes these the children. Those that stay are not taken out: that would end a press on them, and close a menu. */
export function arrange(parent: HTMLElement, wanted: readonly HTMLElement[]): void {
  const kept = new Set<Element>(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((element, place) => {
    const there = parent.children[place];
    if (there !== element) parent.insertBefore(element, there ?? null);
  });
}

/** Puts new children in the place of the old. Who worked there with the keyboard stays at the same one, or beside it. */
export function renew(element: HTMLElement, ...children: (Node | null)[]): void {
  const within = element.contains(focused(element));
  const fields = () => [...element.querySelectorAll<HTMLElement>("button, input, select")];
  const at = within ? fields().indexOf(focused(element) as HTMLElement) : -1;
  element.replaceChildren(...children.filter((child) => child !== null));
  if (!within || element.contains(focused(element))) return;
  const left = fields();
  const next = left[Math.min(Math.max(0, at), left.length - 1)] ?? element.closest<HTMLElement>("[tabindex]");
  next?.focus({ preventScroll: true });
}

export function press(button: HTMLElement, pressed: boolean): void {
  button.setAttribute("aria-pressed", String(pressed));
}

/** Runs at most once per frame, however often it is asked for; never after the signal. */
export function perFrame(signal: AbortSignal, work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked || signal.aborted) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      if (!signal.aborted) work();
    });
  };
}

/** Does the work as soon as the page has nothing else to do; gives what takes it back. */
export function whenIdle(work: () => void): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = window.setTimeout(work, 0); // Safari
    return () => window.clearTimeout(timer);
  }
  const asked = requestIdleCallback(work, { timeout: 100 });
  return () => cancelIdleCallback(asked);
}

/** The same, but not before the next paint. */
export function afterPaint(work: () => void): () => void {
  let end = () => cancelAnimationFrame(frame);
  const frame = requestAnimationFrame(() => (end = whenIdle(work)));
  return () => end();
}

/** Calls `resized` when one of these elements changes its size, until the signal. */
export function onResize(signal: AbortSignal, elements: readonly Element[], resized: () => void): void {
  const observer = new ResizeObserver(resized);
  for (const element of elements) observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

/** The element that has the focus, also inside a shadow tree. */
export function focused(within: HTMLElement): Element | null {
  return (within.getRootNode() as Document | ShadowRoot).activeElement;
}

/** The element around this one, out of a shadow tree too. */
export function outside(element: Element): Element | null {
  return element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;
}

export function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
