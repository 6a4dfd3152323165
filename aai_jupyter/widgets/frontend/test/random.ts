// Random transcripts for the tests, the same on every run.
import { type Columns, makeColumns } from "../src/data/columns.ts";

export function generator(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const TEXTS = ["a", "times,", "it’s", "epoch.", "שלום", "naïve", "😀", "Dashwood", "x".repeat(300), "?!", "I"];

export interface Word {
  text: string;
  start: number;
  end: number;
  turn: number;
}

/** Turns may overlap, as two channels do. */
export function transcript(seed: number, turns = 12): { words: Word[]; columns: Columns } {
  const random = generator(seed);
  const words: Word[] = [];
  const first: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let clock = 0;
  for (let turn = 0; turn < turns; turn++) {
    first.push(words.length);
    let at = Math.max(0, clock + Math.floor((random() - 0.3) * 3000));
    starts.push(at);
    for (let k = Math.ceil(random() * 9); k > 0; k--) {
      const length = random() < 0.03 ? 70_000 : Math.floor(random() * 900);
      words.push({ text: TEXTS[Math.floor(random() * TEXTS.length)], start: at, end: at + length, turn });
      at += length + Math.floor(random() * 300);
    }
    ends.push(at);
    clock = at;
  }
  let text = "";
  words.forEach((word, i) => (text += (i ? (words[i - 1].turn === word.turn ? " " : "\n") : "") + word.text));
  const columns = makeColumns({
    text,
    length: Uint16Array.from(words, (word) => word.text.length),
    start: Int32Array.from(words, (word) => word.start),
    duration: Uint16Array.from(words, (word) => Math.min(65535, word.end - word.start)),
    confidence: Uint8Array.from(words, () => Math.floor(random() * 256)),
    first: Int32Array.from(first),
    speaker: Int16Array.from(first, (_, i) => i % 3),
    turnStart: Int32Array.from(starts),
    turnEnd: Int32Array.from(ends),
  });
  return { words, columns };
}
