// Which stretches of the visible paragraphs are marked, and as what. Only what is in view is ever marked, so
// that the cost does not grow with the recording.

import { lastNotAbove } from "../data/columns.ts";
import { perFrame } from "../ui/dom.ts";
import { watch } from "../ui/reactive.ts";
import { CODE, type Layer } from "./codes.ts";
import type { Mark, Painter, Span } from "./painter.ts";
import type { State } from "./state.ts";
import type { Transcript } from "./transcript.ts";

export class Marks {
  readonly update: () => void;
  private word = -1;
  private now: HTMLElement | undefined;
  private layers: Layer[] = [];
  /** Marks of codes that are drawn now. */
  private codes: Mark[] = [];

  constructor(
    private readonly state: State,
    private readonly transcript: Transcript,
    private readonly painter: Painter,
  ) {
    const { signal } = state;
    this.update = perFrame(signal, () => this.draw());
    signal.addEventListener("abort", () => painter.dispose(), { once: true });
    watch(state, ["columns", "speakers", "layers", "shown", "threshold"], this.update);
    watch(state, ["selection", "hits", "hit", "reviewed"], this.update);
    watch(state, ["layers"], () => this.sortLayers());
    watch(state, ["word"], () => this.playing());
  }

  private sortLayers(): void {
    this.layers = this.state.layers.filter((layer) => markOf(layer)).sort((a, b) => a.start - b.start);
  }

  private playing(): void {
    const { word } = this.state;
    if (word === this.word) return;
    this.word = word;
    const span = this.transcript.wordSpan(word);
    this.painter.set("word", span ? [span] : []);
    const now = word >= 0 ? this.transcript.blocks[this.transcript.blockOfWord(word)]?.element : undefined;
    if (now === this.now) return;
    this.now?.classList.remove("aai-now");
    now?.classList.add("aai-now");
    this.now = now;
  }

  private draw(): void {
    const { state, transcript } = this;
    const { columns: c, blocks } = state;
    const [from, to] = transcript.view;
    const found = new Map<Mark, Span[]>();
    const add = (mark: Mark, b: number, start: number, end: number) => {
      const span = transcript.span(b, start, end);
      if (!span) return;
      if (!found.has(mark)) found.set(mark, []);
      found.get(mark)!.push(span);
    };
    for (let b = Math.max(0, from); b <= to; b++) {
      const first = blocks.first[b];
      const last = blocks.first[b + 1] - 1;
      if (last < first) continue;
      for (let w = first; w <= last; w++) {
        if (c.confidence[w] < state.threshold) add("low", b, c.offset[w], c.offset[w + 1] - 1);
        if (w === state.reviewed) add("hit-now", b, c.offset[w], c.offset[w + 1] - 1);
      }
      this.hits(b, c.offset[first], c.offset[last + 1], add);
      this.selected(b, first, last, add);
      this.layered(b, first, last, add);
    }
    for (const mark of [
      "low",
      "hit",
      "hit-now",
      "selection",
      "positive",
      "negative",
      "entity",
      "phrase",
      "redaction",
    ] as Mark[]) {
      this.painter.set(mark, found.get(mark) ?? []);
    }
    const codes = [...found.keys()].filter((mark) => mark.startsWith("code-"));
    for (const mark of new Set([...codes, ...this.codes])) this.painter.set(mark, found.get(mark) ?? []);
    this.codes = codes;
    this.word = -1;
    this.playing();
    this.painter.moved();
  }

  private hits(
    b: number,
    from: number,
    to: number,
    add: (mark: Mark, b: number, from: number, to: number) => void,
  ): void {
    const { hits, hit } = this.state;
    for (let i = Math.max(0, lastNotAbove(hits.from, from - 1)); i < hits.length && hits.from[i] < to; i++) {
      if (hits.to[i] > from) add(i === hit ? "hit-now" : "hit", b, hits.from[i], hits.to[i]);
    }
  }

  private selected(
    b: number,
    first: number,
    last: number,
    add: (mark: Mark, b: number, from: number, to: number) => void,
  ): void {
    const { selection, columns: c } = this.state;
    if (selection?.kind === "words") {
      const from = Math.max(first, selection.first);
      const to = Math.min(last, selection.last);
      if (to >= from) add("selection", b, c.offset[from], c.offset[to + 1] - 1);
    } else if (selection) {
      for (let w = first; w <= last; w++) {
        if (c.start[w] < selection.end && c.end[w] > selection.start)
          add("selection", b, c.offset[w], c.offset[w + 1] - (w < last ? 0 : 1));
      }
    }
  }

  private layered(
    b: number,
    first: number,
    last: number,
    add: (mark: Mark, b: number, from: number, to: number) => void,
  ): void {
    const { columns: c, shown } = this.state;
    const from = c.start[first];
    const to = c.end[last];
    for (const layer of this.layers) {
      if (layer.start > to) break;
      const mark = markOf(layer);
      if (!mark || layer.end < from || !shown.has(layer.kind)) continue;
      let start = -1;
      let end = -1;
      for (let w = first; w <= last; w++) {
        const middle = (c.start[w] + c.end[w]) / 2;
        if (middle < layer.start || middle > layer.end) continue;
        if (start < 0) start = w;
        end = w;
      }
      if (start >= 0) add(mark, b, c.offset[start], c.offset[end + 1] - 1);
    }
  }
}

function markOf(layer: Layer): Mark | null {
  if (layer.kind === CODE) return `code-${layer.colour!.slice(1)}`;
  if (layer.kind === "sentiment") {
    const value = String(layer.value).toUpperCase();
    return value === "POSITIVE" ? "positive" : value === "NEGATIVE" ? "negative" : null;
  }
  return layer.kind === "entity"
    ? "entity"
    : layer.kind === "highlight"
      ? "phrase"
      : layer.kind === "redaction" || layer.kind === "sealed"
        ? "redaction"
        : null;
}
