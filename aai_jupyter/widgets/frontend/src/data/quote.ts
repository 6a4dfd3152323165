// What a stretch of the transcript is when it is copied: who said what, and when.
import { type Columns, spanText, turnOfWord } from "./columns.ts";
import { visible } from "./safe.ts";
import { clock } from "./time.ts";

export interface Quote {
  who: string;
  at: string;
  text: string;
}

/** Words first..last, both inclusive, turn by turn; `name` is that of a speaker's index. */
export function quotes(c: Columns, first: number, last: number, name: (speaker: number) => string): Quote[] {
  const out: Quote[] = [];
  for (let turn = turnOfWord(c, first); turn < c.turns && c.first[turn] <= last; turn++) {
    const from = Math.max(first, c.first[turn]);
    const to = Math.min(last, c.first[turn + 1] - 1);
    // Controls and overrides become visible: what is pasted into a terminal or an editor does not act there.
    if (to >= from)
      out.push({ who: name(c.speaker[turn]), at: clock(c.start[from]), text: visible(spanText(c, from, to)) });
  }
  return out;
}

/** A line per turn: "[0:08] Ann: ...". */
export function quoted(parts: readonly Quote[]): string {
  return parts.map(({ who, at, text }) => `[${at}] ${who ? `${who}: ` : ""}${text}`).join("\n");
}
