// Search over the one text of the transcript. A hit is a pair of character offsets.

import { type Columns, wordAtOffset } from "./columns.ts";
import { type Folded, fold, folded, phrase } from "./fold.ts";
import { grouped } from "./time.ts";

export interface Query {
  text: string;
  regex: boolean;
  /** Index in the speakers' list; null for all. */
  speaker: number | null;
}

export interface Hits {
  readonly length: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly word: Int32Array;
  readonly lastWord: Int32Array;
  readonly turn: Int32Array;
  /** Why there may be more, or none: a broken pattern, or one that takes too long. */
  readonly note: string;
}

const MOST = 50_000;
const BUDGET = 1_500; // ms

const TOO_SLOW = "stopped: this pattern takes too long";
const NO_WORKER = "patterns do not work in this notebook: it allows no worker. Search for the words as they are";

export const NO_HITS: Hits = collect([], "");

function collect(rows: number[], note: string): Hits {
  const length = rows.length / 5;
  const column = (k: number) => Int32Array.from({ length }, (_, i) => rows[i * 5 + k]);
  return { length, from: column(0), to: column(1), word: column(2), lastWord: column(3), turn: column(4), note };
}

/** What is looked through: the one text, and where each turn that counts begins and ends in it. */
interface Ground {
  source: string;
  text: string;
  turns: Int32Array;
  bounds: Int32Array;
  most: number;
  budget: number;
}

type Found = [rows: number[], stopped: "" | "full" | "slow"];

/** Rows of from, to, turn. Stands alone: a worker gets its source text. */
function scan({ source, text, turns, bounds, most, budget }: Ground): Found {
  const expression = new RegExp(source, "giu");
  const rows: number[] = [];
  const deadline = Date.now() + budget;
  // Turn by turn: a phrase never spans two speakers, and time is checked between turns.
  for (let t = 0; t < turns.length; t++) {
    const base = bounds[2 * t];
    const part = text.slice(base, bounds[2 * t + 1]);
    expression.lastIndex = 0;
    for (let match = expression.exec(part); match; match = expression.exec(part)) {
      if (!match[0]) {
        // A whole character: inside a surrogate pair the engine would step back, for ever.
        expression.lastIndex += part.codePointAt(expression.lastIndex)! > 0xffff ? 2 : 1;
        continue;
      }
      rows.push(base + match.index, base + match.index + match[0].length, turns[t]);
      if (rows.length >= most * 3) return [rows, "full"];
    }
    if ((t & 31) === 31 && Date.now() > deadline) return [rows, "slow"];
  }
  return [rows, ""];
}

/** The hits at once, or for lack of anything to look for or with, none. */
function prepare(c: Columns, query: Query): Ground | Hits {
  const only = query.speaker;
  if (!fold(query.text).trim()) return only === null ? NO_HITS : turnsOf(c, only);
  let source: string;
  try {
    source = query.regex ? new RegExp(query.text, "giu").source : phrase(query.text);
  } catch (error) {
    return collect([], (error as Error).message.replace(/^.*: /, ""));
  }
  const turns: number[] = [];
  const bounds: number[] = [];
  for (let turn = 0; turn < c.turns; turn++) {
    if ((only !== null && c.speaker[turn] !== only) || c.first[turn + 1] <= c.first[turn]) continue;
    turns.push(turn);
    bounds.push(c.offset[c.first[turn]], c.offset[c.first[turn + 1]] - 1);
  }
  return {
    source,
    text: c.text,
    turns: Int32Array.from(turns),
    bounds: Int32Array.from(bounds),
    most: MOST,
    budget: BUDGET,
  };
}

function finish(c: Columns, [found, stopped]: Found): Hits {
  const rows: number[] = [];
  for (let i = 0; i < found.length; i += 3) {
    const [from, to, turn] = [found[i], found[i + 1], found[i + 2]];
    rows.push(from, to, wordAtOffset(c, from), wordAtOffset(c, to - 1), turn);
  }
  return collect(rows, stopped === "full" ? `the first ${grouped(MOST)} hits` : stopped === "slow" ? TOO_SLOW : "");
}

export function search(c: Columns, query: Query): Hits {
  const ground = prepare(c, query);
  if (!("source" in ground)) return ground;
  return finish(c, query.regex ? scan(ground) : scanKeys(c, ground));
}

const keys = new WeakMap<Columns, Folded[]>();

/** The same in the keys of the turns, which are made once. */
function scanKeys(c: Columns, ground: Ground): Found {
  const known = keys.get(c) ?? [];
  keys.set(c, known);
  const rows: number[] = [];
  const deadline = Date.now() + ground.budget;
  const expression = new RegExp(ground.source, "gu");
  for (let t = 0; t < ground.turns.length; t++) {
    const [turn, base] = [ground.turns[t], ground.bounds[2 * t]];
    known[turn] ??= folded(ground.text.slice(base, ground.bounds[2 * t + 1]));
    const key = known[turn];
    for (const match of key.text.matchAll(expression)) {
      const [from, to] = key.span(match.index, match.index + match[0].length);
      rows.push(base + from, base + to, turn);
      if (rows.length >= ground.most * 3) return [rows, "full"];
    }
    if ((t & 31) === 31 && Date.now() > deadline) return [rows, "slow"];
  }
  return [rows, ""];
}

/**
 * The same for a pattern of the user's own, which may take for ever on a single turn: in a worker, that is ended when
 * its time is over. Where the host allows no worker it is not looked for: here nothing could end it.
 */
export async function searchApart(c: Columns, query: Query, signal: AbortSignal): Promise<Hits> {
  const ground = prepare(c, query);
  if (!("source" in ground)) return ground;
  const address = URL.createObjectURL(
    new Blob([`onmessage = (e) => postMessage((${scan})(e.data));`], { type: "text/javascript" }),
  );
  let worker: Worker | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const found = await new Promise<Found | null>((done) => {
      worker = new Worker(address);
      worker.onmessage = (event) => done(event.data as Found);
      worker.onerror = () => done(null);
      signal.addEventListener("abort", () => done([[], ""]), { once: true });
      timer = setTimeout(() => done([[], "slow"]), BUDGET + 500);
      worker.postMessage(ground);
    }).catch(() => null);
    return found === null ? collect([], NO_WORKER) : finish(c, found);
  } finally {
    clearTimeout(timer);
    worker?.terminate();
    URL.revokeObjectURL(address);
  }
}

function turnsOf(c: Columns, speaker: number): Hits {
  const rows: number[] = [];
  for (let turn = 0; turn < c.turns; turn++) {
    const first = c.first[turn];
    if (c.speaker[turn] === speaker && c.first[turn + 1] > first) {
      rows.push(c.offset[first], c.offset[first + 1] - 1, first, first, turn);
    }
  }
  return collect(rows, "");
}

/** The hit to go to from a word: the next at or after it, or the one before; wraps around. */
export function stepHit(hits: Hits, current: number, step: 1 | -1, word: number): number {
  if (!hits.length) return -1;
  if (current >= 0) return (current + step + hits.length) % hits.length;
  let next = 0;
  while (next < hits.length && hits.word[next] < word) next++;
  return step > 0 ? next % hits.length : (next - 1 + hits.length) % hits.length;
}
