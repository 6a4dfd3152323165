// The transcript as columns: one string, and typed arrays per word and per turn. Never an object per word.
import { bytes, type Model } from "../host.ts";
import type { PlayerTraits } from "../traits/player.ts";

export interface Columns {
  readonly text: string;
  readonly words: number;
  readonly turns: number;
  /** Where each word starts in `text`, and one end mark: word i ends at offset[i + 1] - 1. */
  readonly offset: Int32Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly confidence: Uint8Array;
  /** First word of each turn, and the number of words as an end mark. */
  readonly first: Int32Array;
  readonly speaker: Int16Array;
  readonly turnStart: Int32Array;
  readonly turnEnd: Int32Array;
  /** Word indices by start time; null when the words are in that order already. */
  readonly byTime: Int32Array | null;
}

/** As it comes from the kernel: varints of seven bits a byte, the lowest first; signed ones in zigzag. */
export interface Packed {
  /** Words with a space between them, and a line break between turns. */
  text: string;
  /** For each word the gap since the one before (signed) and its duration, in ms. */
  times: Uint8Array;
  /** Only of words that hold spaces: how many words further on, how many spaces. */
  spaces: Uint8Array;
  confidence: Uint8Array;
  /** For each turn its words; speaker, start before its first word, end after its last one (all signed). */
  turns: Uint8Array;
}

export function decodeColumns(model: Model<PlayerTraits>): Columns {
  const get = (name: "word_times" | "word_spaces" | "word_confidence" | "turns") =>
    new Uint8Array(bytes(model.get(name)));
  return unpack({
    text: model.get("text"),
    times: get("word_times"),
    spaces: get("word_spaces"),
    confidence: get("word_confidence"),
    turns: get("turns"),
  });
}

/** Reads varints one after the other. Beyond 32 bits numbers cannot be shifted, so the rare long ones are multiplied. */
function reader(from: Uint8Array): { more(): boolean; next(): number; signed(): number } {
  let at = 0;
  const next = () => {
    let byte = from[at++];
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let scale = 128; byte > 127 && at < from.length; scale *= 128) {
      byte = from[at++];
      value += (byte & 127) * scale;
    }
    return value;
  };
  const signed = () => {
    const value = next();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  return { more: () => at < from.length, next, signed };
}

export function unpack({ text, times, spaces, confidence, turns: packed }: Packed): Columns {
  const words = confidence.length;
  const [offset, start, end] = [new Int32Array(words + 1), new Int32Array(words), new Int32Array(words)];
  const [time, space] = [reader(times), reader(spaces)];
  let holder = space.more() ? space.next() : -1; // the next word that holds spaces
  let sorted = true;
  let clock = 0;
  let unit = 0;
  for (let i = 0; i < words; i++) {
    start[i] = clock + time.signed();
    end[i] = clock = start[i] + time.next();
    if (i && start[i] < start[i - 1]) sorted = false;
    let left = 0;
    if (i === holder) {
      left = space.next();
      holder = space.more() ? i + space.next() : -1;
    }
    for (; unit < text.length; unit++) {
      const code = text.charCodeAt(unit);
      if ((code === 32 || code === 10) && left-- === 0) break;
    }
    offset[i + 1] = ++unit;
  }
  const byTime = sorted ? null : Int32Array.from({ length: words }, (_, i) => i);
  byTime?.sort((a, b) => start[a] - start[b] || a - b);
  const turns = turnColumns(packed, start, end);
  return { text, words, turns: turns.speaker.length, offset, start, end, confidence, ...turns, byTime };
}

function turnColumns(packed: Uint8Array, start: Int32Array, end: Int32Array) {
  const turn = reader(packed);
  const first = [0];
  const [speaker, turnStart, turnEnd]: number[][] = [[], [], []];
  while (turn.more()) {
    const from = first[first.length - 1];
    const next = from + turn.next();
    first.push(next);
    speaker.push(turn.signed());
    turnStart.push(start[from] + turn.signed());
    turnEnd.push(end[next - 1] + turn.signed());
  }
  return {
    first: Int32Array.from(first),
    speaker: Int16Array.from(speaker),
    turnStart: Int32Array.from(turnStart),
    turnEnd: Int32Array.from(turnEnd),
  };
}

/** Index of the last value of an ascending array that is not above `value`; -1 when all are. */
export function lastNotAbove(values: ArrayLike<number>, value: number, length = values.length): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The word that started last at `ms`; -1 before the first. */
export function wordAtTime(c: Columns, ms: number): number {
  if (!c.byTime) return lastNotAbove(c.start, ms);
  let low = 0;
  let high = c.words;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (c.start[c.byTime[middle]] <= ms) low = middle + 1;
    else high = middle;
  }
  return low ? c.byTime[low - 1] : -1;
}

/** The word that holds, or stands before, the character at `unit`; -1 for an empty transcript. */
export function wordAtOffset(c: Columns, unit: number): number {
  return Math.min(c.words - 1, Math.max(0, lastNotAbove(c.offset, unit, c.words)));
}

export function turnOfWord(c: Columns, word: number): number {
  return lastNotAbove(c.first, word, c.turns);
}

export function wordText(c: Columns, word: number): string {
  return c.text.slice(c.offset[word], c.offset[word + 1] - 1);
}

/** Text of words first..last, both inclusive. */
export function spanText(c: Columns, first: number, last: number): string {
  return last < first ? "" : c.text.slice(c.offset[first], c.offset[last + 1] - 1);
}

/** Text of a turn; empty when there is none of that number. */
export function turnText(c: Columns, turn: number): string {
  return turn >= 0 && turn < c.turns ? spanText(c, c.first[turn], c.first[turn + 1] - 1) : "";
}

/** Words that sound within [from, to) milliseconds, as inclusive indices; null when none does. */
export function wordsBetween(c: Columns, from: number, to: number): [number, number] | null {
  let first = -1;
  let last = -1;
  // Turns bound the search: at ten hours there are thousands of turns, but a hundred thousand words.
  for (let turn = 0; turn < c.turns; turn++) {
    if (c.turnStart[turn] >= to || c.turnEnd[turn] <= from) continue;
    for (let w = c.first[turn]; w < c.first[turn + 1]; w++) {
      if (c.start[w] >= to || Math.max(c.end[w], c.start[w] + 1) <= from) continue;
      if (first < 0) first = w;
      last = w;
    }
  }
  return first < 0 ? null : [first, last];
}

/** Stretches in which somebody speaks, joined over pauses shorter than `pause`; ascending, disjoint. */
export function speech(c: Columns, pause: number, margin: number): [number, number][] {
  const out: [number, number][] = [];
  for (let i = 0; i < c.words; i++) {
    const w = c.byTime ? c.byTime[i] : i;
    const from = Math.max(0, c.start[w] - margin);
    const to = c.end[w] + margin;
    const tail = out[out.length - 1];
    if (tail && from - tail[1] < pause - 2 * margin) tail[1] = Math.max(tail[1], to);
    else out.push([from, to]);
  }
  return out;
}
