// The transcript as columns: one string, and typed arrays per word and per turn. Never an object per word.
import { bytes, joined, type Model } from "../host.ts";
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
  return unpack(packed(model));
}

/** The beginning of a long transcript, more than can be seen at once; null where it is no small part of the whole. */
export function decodeHead(model: Model<PlayerTraits>): Columns | null {
  const head = headOf(packed(model));
  return head && unpack(head);
}

function packed(model: Model<PlayerTraits>): Packed {
  const get = (name: "word_times" | "word_spaces" | "word_confidence" | "turns") =>
    new Uint8Array(bytes(joined(model, name)));
  return {
    text: joined(model, "text") as string,
    times: get("word_times"),
    spaces: get("word_spaces"),
    confidence: get("word_confidence"),
    turns: get("turns"),
  };
}

const HEAD_TURNS = 40;
const LONG = 5000; // words of which all are decoded before anything is seen

export function headOf({ text, times, spaces, confidence, turns }: Packed): Packed | null {
  if (confidence.length < LONG || spaces.length) return null;
  const turn = reader(turns);
  let words = 0;
  let end = -1;
  for (let number = 0; number < HEAD_TURNS && turn.more(); number++) {
    const own = turn.next();
    for (let k = 0; k < 3; k++) turn.next();
    words += own;
    end = own ? text.indexOf("\n", end + 1) : end;
    if (words > confidence.length / 2 || end < 0) return null;
  }
  return {
    text: text.slice(0, end),
    times,
    spaces,
    confidence: confidence.subarray(0, words),
    turns: turns.subarray(0, turn.place()),
  };
}

/** Reads varints one after the other. Beyond 32 bits numbers cannot be shifted, so the rare long ones are multiplied. */
function reader(from: Uint8Array): { more(): boolean; next(): number; signed(): number; place(): number } {
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
  return { more: () => at < from.length, next, signed, place: () => at };
}

export function unpack({ text, times, spaces, confidence, turns: packed }: Packed): Columns {
  const words = confidence.length;
  const [start, end] = [new Int32Array(words), new Int32Array(words)];
  const sorted = unpackTimes(times, start, end);
  const offset = spaces.length ? offsetsBesideSpaces(text, words, reader(spaces)) : offsets(text, words);
  const byTime = sorted ? null : Int32Array.from({ length: words }, (_, i) => i);
  byTime?.sort((a, b) => start[a] - start[b] || a - b);
  const turns = turnColumns(packed, start, end);
  return { text, words, turns: turns.speaker.length, offset, start, end, confidence, ...turns, byTime };
}

// The next three run once for each word or letter before anything is seen, and before they are compiled: so
// they are plain loops, with nothing to call.

/** Fills in when each word starts and ends; false where they are not in order of start. */
function unpackTimes(times: Uint8Array, start: Int32Array, end: Int32Array): boolean {
  let sorted = true;
  let clock = 0;
  let before = -Infinity;
  let at = 0;
  for (let i = 0; i < start.length; i++) {
    let gap = times[at++];
    if (gap > 127) {
      gap = (gap & 127) | (times[at] << 7);
      if (times[at++] > 127) {
        gap &= 16383;
        for (let scale = 16384, byte = 128; byte > 127 && at < times.length; scale *= 128) {
          byte = times[at++];
          gap += (byte & 127) * scale;
        }
      }
    }
    let length = times[at++];
    if (length > 127) {
      length = (length & 127) | (times[at] << 7);
      if (times[at++] > 127) {
        length &= 16383;
        for (let scale = 16384, byte = 128; byte > 127 && at < times.length; scale *= 128) {
          byte = times[at++];
          length += (byte & 127) * scale;
        }
      }
    }
    clock += gap % 2 ? -(gap + 1) / 2 : gap / 2;
    start[i] = clock;
    if (clock < before) sorted = false;
    before = clock;
    clock += length;
    end[i] = clock;
  }
  return sorted;
}

/** Where words begin of which none holds a space. */
function offsets(text: string, words: number): Int32Array {
  const offset = new Int32Array(words + 1);
  const { length } = text;
  let word = 0;
  for (let unit = 0; unit < length && word < words; unit++) {
    const code = text.charCodeAt(unit);
    if (code === 32 || code === 10) offset[++word] = unit + 1;
  }
  while (word < words) offset[++word] = length + 1;
  return offset;
}

function offsetsBesideSpaces(text: string, words: number, space: ReturnType<typeof reader>): Int32Array {
  const offset = new Int32Array(words + 1);
  let holder = space.more() ? space.next() : -1; // the next word that holds spaces
  let unit = 0;
  for (let i = 0; i < words; i++) {
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
  return offset;
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
