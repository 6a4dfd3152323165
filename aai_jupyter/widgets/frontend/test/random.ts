// Random transcripts for the tests, the same on every run.
import { type Columns, unpack } from "../src/data/columns.ts";

export function generator(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const TEXTS = [
  "a",
  "times,",
  "it’s",
  "epoch.",
  "שלום",
  "naïve",
  "😀",
  "Dashwood",
  "x".repeat(300),
  "?!",
  "I",
  "New York",
  "a  b",
];

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
  const starts: number[] = [];
  const ends: number[] = [];
  let clock = 0;
  for (let turn = 0; turn < turns; turn++) {
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
  const spoken = starts.map((start, i) => ({ speaker: (i % 3) - 1, start, end: ends[i] }));
  return { words, columns: columnsOf(words, spoken, () => Math.floor(random() * 256)) };
}

/** The columns of words, sent as the kernel sends them. */
export function columnsOf(
  words: readonly Word[],
  turns: readonly { speaker: number; start: number; end: number }[],
  confidence = () => 0,
): Columns {
  const varints = (values: number[]) => Uint8Array.from(values.flatMap(varint));
  const signed = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
  const spaced = words.flatMap((word, i) => (word.text.includes(" ") ? [i] : []));
  const separator = (i: number) => (i ? (words[i - 1].turn === words[i].turn ? " " : "\n") : "");
  const times = words.flatMap(({ start, end }, i) => [signed(start - (i ? words[i - 1].end : 0)), end - start]);
  const spaces = spaced.flatMap((i, k) => [i - (k ? spaced[k - 1] : 0), words[i].text.split(" ").length - 1]);
  return unpack({
    text: words.map((word, i) => separator(i) + word.text).join(""),
    times: varints(times),
    spaces: varints(spaces),
    confidence: Uint8Array.from(words, confidence),
    turns: varints(
      turns.flatMap(({ speaker, start, end }, turn) => {
        const own = words.filter((word) => word.turn === turn);
        const last = own[own.length - 1];
        return [own.length, signed(speaker), signed(start - own[0].start), signed(end - last.end)];
      }),
    ),
  });
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))];
}
