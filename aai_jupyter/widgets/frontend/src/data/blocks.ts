// What is laid out: a turn is one paragraph, a very long turn several, cut after a sentence. Without this
// a recording without speakers would be a single paragraph of a hundred thousand words.
import type { Columns } from "./columns.ts";

const LIMIT = 140; // words of a paragraph before it ends at the next sentence
const HARD_LIMIT = 220;

export interface Blocks {
  readonly length: number;
  /** First word of each block, and the number of words as an end mark. */
  readonly first: Int32Array;
  readonly turn: Int32Array;
}

function endsSentence(c: Columns, word: number): boolean {
  let at = c.offset[word + 1] - 2;
  while (at > c.offset[word] && "\"'”’»)".includes(c.text[at])) at--;
  return ".?!…。？！".includes(c.text[at] ?? "x");
}

export function makeBlocks(c: Columns): Blocks {
  const first: number[] = [];
  const turn: number[] = [];
  for (let t = 0; t < c.turns; t++) {
    let from = c.first[t];
    const end = c.first[t + 1];
    first.push(from);
    turn.push(t);
    for (let w = from; w < end - 20; w++) {
      const held = w - from + 1;
      if (held < LIMIT || !(endsSentence(c, w) || held >= HARD_LIMIT)) continue;
      from = w + 1;
      first.push(from);
      turn.push(t);
    }
  }
  first.push(c.words);
  return { length: turn.length, first: Int32Array.from(first), turn: Int32Array.from(turn) };
}
