// A button that opens a panel. One panel is open at a time; Escape and a click elsewhere close it.
import { button } from "./button.ts";
import { focused, h } from "./dom.ts";
import type { Icon } from "./icons.ts";

const LEAST = 300; // pixels of a panel's height in a low widget

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

  /** Keeps the panel inside a narrow cell. */
  private place(): void {
    const root = this.element.closest(".aai")!.getBoundingClientRect();
    this.panel.style.maxWidth = `${Math.max(200, root.width - 16)}px`;
    this.panel.style.left = "0";
    this.panel.style.top = "";
    const box = this.panel.getBoundingClientRect();
    // As tall as the widget allows: what is cut off is found by scrolling only.
    const below = Math.max(LEAST, root.bottom - box.top - 8);
    this.panel.style.maxHeight = `${below}px`;
    const up = Math.min(this.panel.scrollHeight - this.panel.clientHeight, box.top - root.top - 8);
    if (up > 0) {
      this.panel.style.top = `calc(100% + 4px - ${up}px)`;
      this.panel.style.maxHeight = `${below + up}px`;
    }
    const over = Math.max(0, box.right - root.right + 8);
    this.panel.style.left = `${-over}px`;
  }
}
