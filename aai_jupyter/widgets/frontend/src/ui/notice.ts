// One line at the foot of a view that says something and goes away again.
import { label } from "../data/safe.ts";
import { h } from "./dom.ts";

const STAYS = 7000; // ms

export class Notice {
  readonly element = h("div", { class: "aai-notice", role: "status", hidden: true });
  private timer = 0;

  readonly show = (text: string, stays = false): void => {
    window.clearTimeout(this.timer);
    this.element.textContent = label(text, 300);
    this.element.hidden = !text;
    if (!stays) this.timer = window.setTimeout(() => (this.element.hidden = true), STAYS);
  };

  dispose(): void {
    window.clearTimeout(this.timer);
  }
}
