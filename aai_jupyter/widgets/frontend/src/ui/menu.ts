// A button that opens a panel. One panel is open at a time; Escape and a click elsewhere close it.
import { button } from "./button.ts";
import { focused, h } from "./dom.ts";
import type { Icon } from "./icons.ts";

const EDGE = 8; // pixels between a panel and the edges of its widget
const MOST = 800; // pixels of a panel's height in a low widget

export class Menu {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;

  constructor(
    name: Icon,
    title: string,
    private readonly fill: (panel: HTMLElement) => void,
    text = "",
  ) {
    this.button = button(name, title, () => this.toggle(), text);
    this.button.setAttribute("aria-haspopup", "dialog");
    this.button.setAttribute("aria-expanded", "false");
    const keydown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
      this.button.focus();
    };
    const panel = { class: "aai-panel", role: "dialog", "aria-label": title, hidden: true, on: { keydown } };
    this.panel = h("div", panel);
    this.element = h("div", { class: "aai-menu" }, this.button, this.panel);
  }

  get open(): boolean {
    return !this.panel.hidden;
  }

  toggle(open = !this.open): void {
    if (open) {
      this.panel.replaceChildren();
      this.fill(this.panel);
    }
    this.panel.hidden = !open;
    if (!open) this.root.style.minHeight = "";
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.place();
    if (open) this.panel.querySelector<HTMLElement>("input, select, button")?.focus({ preventScroll: true });
  }

  close(): void {
    if (this.open) this.toggle(false);
  }

  refresh(): void {
    if (!this.open) return;
    // The fields are made anew: who works with the keyboard stays at the same one.
    const fields = () => [...this.panel.querySelectorAll<HTMLElement>("input, select, button")];
    const at = fields().indexOf(focused(this.panel) as HTMLElement);
    this.panel.replaceChildren();
    this.fill(this.panel);
    if (at >= 0) (fields()[at] ?? this.button).focus({ preventScroll: true });
  }

  private get root(): HTMLElement {
    return this.element.closest<HTMLElement>(".aai")!;
  }

  /** Keeps the panel inside a narrow cell; a low one grows while the panel is open, as outputs cut off what hangs out. */
  private place(): void {
    const { panel, root } = this;
    let outer = root.getBoundingClientRect();
    panel.style.maxWidth = `${Math.max(200, outer.width - 2 * EDGE)}px`;
    panel.style.maxHeight = `${Math.max(outer.height - 2 * EDGE, MOST)}px`;
    panel.style.left = "0";
    panel.style.top = "";
    const box = panel.getBoundingClientRect();
    if (box.height + 2 * EDGE > outer.height) {
      root.style.minHeight = `${Math.ceil(box.height) + 2 * EDGE}px`;
      outer = root.getBoundingClientRect();
    }
    const up = box.bottom - outer.bottom + EDGE;
    if (up > 0) panel.style.top = `calc(100% + 4px - ${up}px)`;
    panel.style.left = `${-Math.max(0, box.right - outer.right + EDGE)}px`;
  }
}
