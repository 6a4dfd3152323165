// Follows the host's theme: the colours are the host's variables (see css); here only whether they are dark,
// and the moment they change.
import { onResize, perFrame } from "./dom.ts";

const ATTRIBUTES = [
  "class",
  "style",
  "theme",
  "data-theme",
  "data-jp-theme-name",
  "data-jp-theme-light",
  "data-vscode-theme-kind",
];
const QUERIES = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)"];

/** Red, green, blue in 0..1 of a computed colour. */
export function channels(colour: string): [number, number, number] {
  const numbers = (colour.match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
  const scale = colour.startsWith("rgb") ? 255 : 1;
  return [numbers[0] / scale || 0, numbers[1] / scale || 0, numbers[2] / scale || 0];
}

function bright([r, g, b]: [number, number, number]): boolean {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.5;
}

export class Theme {
  /** Called when the colours change. */
  onChange: () => void = () => undefined;
  private readonly queries = QUERIES.map((query) => matchMedia(query));
  private readonly probe = document.createElement("i");
  private last = "";

  constructor(
    private readonly root: HTMLElement,
    outside: HTMLElement,
    signal: AbortSignal,
  ) {
    // Outside the root, because the root's own colour-scheme is what the answer decides.
    this.probe.className = "aai-probe";
    this.probe.setAttribute("aria-hidden", "true");
    outside.append(this.probe);
    const update = perFrame(signal, () => this.apply());
    const observer = new MutationObserver(update);
    for (const target of themed()) observer.observe(target, { attributes: true, attributeFilter: ATTRIBUTES });
    for (const query of this.queries) query.addEventListener("change", update, { signal });
    // Hosts render before the element is on the page, or before the sheet is: there are no colours until then.
    onResize(signal, [root], update);
    const end = () => {
      observer.disconnect();
      this.probe.remove();
    };
    signal.addEventListener("abort", end, { once: true });
    this.apply();
  }

  /** The colours that CSS values mean here, in a form a canvas takes; asked together, they cost one style pass. */
  colours(values: readonly string[]): string[] {
    const probes = document.createElement("i");
    probes.style.display = "none";
    for (const value of values) {
      const probe = probes.appendChild(document.createElement("i"));
      probe.style.cssText = `color:${value};forced-color-adjust:none`;
    }
    this.root.append(probes);
    const computed = Array.from(probes.children, (probe) => getComputedStyle(probe).color);
    probes.remove();
    return computed;
  }

  private apply(): void {
    const style = getComputedStyle(this.probe);
    const now = `${style.color}|${style.backgroundColor}|${style.fill}|${this.queries.map((query) => query.matches)}`;
    if (now === this.last) return;
    this.last = now;
    const dark = bright(channels(style.color));
    this.root.dataset.theme = dark ? "dark" : "light";
    this.root.style.colorScheme = dark ? "dark" : "light";
    this.onChange();
  }
}

/** Elements that hosts put their theme on: those of this document and of the ones around it. */
function themed(): Element[] {
  const out: Element[] = [];
  let view: Window = window;
  for (;;) {
    try {
      out.push(view.document.documentElement, view.document.body);
    } catch {
      break; // another origin: nothing to watch there
    }
    if (view.parent === view) break;
    view = view.parent;
  }
  return out.filter(Boolean);
}
