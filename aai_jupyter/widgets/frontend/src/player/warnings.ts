// Warnings of the service about its own work, until they have been read.

import { label } from "../data/safe.ts";
import { button } from "../ui/button.ts";
import { h } from "../ui/dom.ts";
import { react } from "../ui/reactive.ts";
import type { State } from "./state.ts";

export class Warnings {
  readonly element = h("div", { class: "aai-warnings", role: "note", "aria-label": "Warnings", hidden: true });
  private shown = "";

  constructor(
    private readonly state: State,
    private readonly read: () => void,
  ) {
    react(state.signal, () => this.draw());
  }

  private draw(): void {
    const lines = Array.from(this.state.meta.warnings ?? [], (one) => label(String(one), 300));
    if (lines.join("\n") === this.shown) return; // and stays away once it was closed
    this.shown = lines.join("\n");
    this.element.hidden = !lines.length;
    this.element.replaceChildren(
      h("div", {}, ...lines.map((line) => h("div", { text: `\u26a0 ${line}` }))),
      button("close", "Close the warnings", () => {
        this.element.hidden = true;
        this.read();
      }),
    );
  }
}
