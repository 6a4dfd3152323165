// What the service says about its own work, until it has been read.

import { label } from "../data/safe.ts";
import { button } from "../ui/button.ts";
import { h } from "../ui/dom.ts";
import type { State } from "./state.ts";

export class Warnings {
  readonly element = h("div", { class: "aai-warnings", role: "note", "aria-label": "Warnings", hidden: true });
  private shown = "";

  constructor(
    private readonly state: State,
    private readonly read: () => void,
  ) {
    state.on("speakers", () => this.draw());
    this.draw();
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
