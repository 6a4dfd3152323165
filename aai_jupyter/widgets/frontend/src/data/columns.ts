// The transcript as columns: one string, and typed arrays per word and per turn. Never an object per word.
import { bytes, type Model } from "../host.ts";
import type { PlayerTraits } from "../traits/player.ts";

const LONGER = 65535; // a duration that did not fit: the word lasts until the next one starts

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

export interface RawColumns {
  text: string;
  length: Uint16Array;
  start: Int32Array;
  duration: Uint16Array;
  confidence: Uint8Array;
  first: Int32Array;
  speaker: Int16Array;
  turnStart: Int32Array;
  turnEnd: Int32Array;
}

export function decodeColumns(model: Model<PlayerTraits>): Columns {
  const get = (name: keyof PlayerTraits) => bytes(model.get(name));
  return makeColumns({
    text: model.get("text"),
    length: new Uint16Array(get("word_length")),
    start: new Int32Array(get("word_start")),
    duration: new Uint16Array(get("word_duration")),
    confidence: new Uint8Array(get("word_confidence")),
    first: new Int32Array(get("turn_first")),
    speaker: new Int16Array(get("turn_speaker")),
    turnStart: new Int32Array(get("turn_start")),
    turnEnd: new Int32Array(get("turn_end")),
  });
}

export function makeColumns(raw: RawColumns): Columns {
  const words = raw.start.length;
  const offset = new Int32Array(words + 1);
  for (let i = 0; i < words; i++) offset[i + 1] = offset[i] + raw.length[i] + 1;
  const end = new Int32Array(words);
  let sorted = true;
  for (let i = 0; i < words; i++) {
    const next = i + 1 < words ? raw.start[i + 1] : raw.start[i] + LONGER;
    end[i] = raw.duration[i] === LONGER ? Math.max(raw.start[i], next) : raw.start[i] + raw.duration[i];
    if (i && raw.start[i] < raw.start[i - 1]) sorted = false;
  }
  const first = new Int32Array(raw.first.length + 1);
  first.set(raw.first);
  first[raw.first.length] = words;
  const byTime = sorted ? null : Int32Array.from({ length: words }, (_, i) => i);
  byTime?.sort((a, b) => raw.start[a] - raw.start[b] || a - b);
  const { text, start, confidence, speaker, turnStart, turnEnd } = raw;
  return {
    text,
    words,
    turns: raw.first.length,
    offset,
    start,
    end,
    confidence,
    first,
    speaker,
    turnStart,
    turnEnd,
    byTime,
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
