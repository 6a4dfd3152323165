// Notification of a view: a line that is dismissed after a while, or lines that stay while they hold.
import { label } from "../data/safe.ts";
import { h } from "./dom.ts";

const STAYS = 7000; // ms
const LENGTH = 400; // characters of a line

export class Notice {
  readonly element: HTMLElement;
  private timer = 0;

  /** An `alert` interrupts screen readers, a `status` waits for them. */
  constructor(signal: AbortSignal, name = "aai-notice", role: "status" | "alert" = "status") {
    this.element = h("div", { class: name, role, hidden: true });
    signal.addEventListener("abort", () => window.clearTimeout(this.timer), { once: true });
  }

  readonly show = (text: string, stays = false): void => {
    window.clearTimeout(this.timer);
    this.element.textContent = label(text, LENGTH);
    this.element.hidden = !text;
    if (!stays) this.timer = window.setTimeout(() => (this.element.hidden = true), STAYS);
  };

  /** For a line that holds for a while: shows each text in the place of the one before; "" takes that back. */
  holding(): (text: string) => void {
    let before = "";
    return (text) => {
      if (text) this.show(text, true);
      else if (this.element.textContent === label(before, LENGTH)) this.show("");
      before = text;
    };
  }

  /** A line that stays, with a button. */
  ask(text: string, answer: HTMLElement): void {
    this.show(text, true);
    this.element.append(" ", answer);
  }

  /** Each of these on a line of its own, once; said again only when they change. */
  list(texts: readonly string[]): void {
    const lines = [...new Set(texts)].filter(Boolean);
    this.element.hidden = !lines.length;
    if (this.element.textContent !== lines.join(""))
      this.element.replaceChildren(...lines.map((text) => h("div", { text })));
  }
}
