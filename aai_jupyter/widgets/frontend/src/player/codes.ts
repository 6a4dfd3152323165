// Layers of the player, and coded passages as such.

import type { Model } from "../host.ts";
import type { PlayerTraits } from "../traits/player.ts";

export interface Layer {
  kind: string;
  start: number;
  end: number;
  label: string;
  value: string;
  text: string;
  /** Of a code. */
  colour?: string;
}

export const CODE = "code";
/** Of a code without a colour. */
export const PLAIN = "#808080";
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
