// Coded passages as layers of the player, and the colours of their codes.

import type { Model } from "../host.ts";
import type { PlayerTraits } from "../traits/player.ts";
import { h } from "../ui/dom.ts";
import { watch } from "../ui/reactive.ts";
import type { Layer, State } from "./state.ts";

export const CODE = "code";
/** Of a code without a colour. */
const PLAIN = "#808080";
const COLOUR = /^#[0-9a-f]{6}$/;

/** A passage with a code: `value` is the code, `label` the coder, `text` the memo. */
export interface Passage extends Layer {
  id: string;
  colour: string;
}

export function codesOf(model: Model<PlayerTraits>): Passage[] {
  const colours = new Map((model.get("codebook") ?? []).map(({ name, colour }) => [name, colour]));
  return (model.get("codes") ?? []).map(([id, start, end, code, coder, memo]) => ({
    kind: CODE,
    id,
    start,
    end: Math.max(start, end),
    label: coder,
    value: code,
    text: memo,
    colour: safe(colours.get(code)),
  }));
}

/** A colour that may stand in a style sheet. */
export function safe(colour: string | undefined): string {
  return COLOUR.test(colour ?? "") ? colour! : PLAIN;
}

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
