// The colours of codes as marks in the text.

import { h } from "../ui/dom.ts";
import { watch } from "../ui/reactive.ts";
import { PLAIN, safe } from "./codes.ts";
import type { State } from "./state.ts";

/** The style of each colour: highlights have no attributes, so a rule names each. */
export class CodeStyles {
  private readonly element = h("style");

  constructor(
    private readonly state: State,
    root: HTMLElement,
  ) {
    root.append(this.element);
    watch(state, ["codebook"], () => this.write());
    this.write();
  }

  private write(): void {
    const colours = new Set([PLAIN, ...this.state.codebook.map(({ colour }) => safe(colour))]);
    this.element.textContent = [...colours]
      .map(
        (colour) =>
          `.aai ::highlight(aai-code-${colour.slice(1)}){` +
          `background-color:color-mix(in srgb,${colour} 22%,transparent);` +
          `text-decoration:underline 2px ${colour};text-underline-offset:4px}`,
      )
      .join("\n");
  }
}
