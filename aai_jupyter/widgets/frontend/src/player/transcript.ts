// The readable transcript: one text node per paragraph, laid out only where it is looked at.

import { lastNotAbove, wordAtOffset } from "../data/columns.ts";
import { label, visible } from "../data/safe.ts";
import { clock } from "../data/time.ts";
import { afterPaint, h, onResize, perFrame, reducedMotion, whenIdle } from "../ui/dom.ts";
import { watch } from "../ui/reactive.ts";
import { shareWheel } from "../ui/wheel.ts";
import type { Span } from "./painter.ts";
import { type State, tint } from "./state.ts";

// Paragraphs that the browser skips or lays out together: what it looks at in a frame grows with the parts.
const PART = 24;
const AT_ONCE = PART; // paragraphs built before the first paint: more than a pane shows
const AT_A_TIME = 4 * PART; // and then, whenever the page has nothing else to do
// Paragraphs beyond the view that have their buttons: all others are their text alone.
const DRESSED = 12;

interface Block {
  element: HTMLElement;
  node: Text;
  text: string;
  speaker: number;
  /** Whether it begins a turn, and when it begins. */
  opens: boolean;
  start: number;
  /** What its buttons say; empty while it has none. */
  dressed: string;
}

export class Transcript {
  readonly element: HTMLElement;
  readonly sheet = h("div", { class: "aai-sheet" });
  blocks: Block[] = [];
  private readonly parts: HTMLElement[] = [];
  /** First and last block in view. */
  view: [number, number] = [0, -1];
  private readonly pattern: HTMLElement;
  private readonly dressed = new Set<Block>();
  private headings = new Map<number, HTMLElement>();
  private filled = 0;
  private settling = 0;
  private later: () => void = () => undefined;
  private readonly look: () => void;

  constructor(
    private readonly state: State,
    private readonly viewChanged: () => void,
  ) {
    const { signal } = state;
    this.look = perFrame(signal, () => this.findView());
    this.element = h(
      "div",
      { class: "aai-transcript", role: "region", "aria-label": "Transcript", tabindex: "0" },
      this.sheet,
    );
    this.pattern = h("div", { class: "aai-turn" }, h("p", { class: "aai-text", dir: "auto" }));
    this.element.addEventListener("scroll", this.look, { passive: true, signal });
    shareWheel(this.element, signal);
    onResize(signal, [this.element], () => {
      this.look();
      this.viewChanged();
    });
    signal.addEventListener("abort", () => this.later(), { once: true });
    watch(state, ["columns", "speakers", "layers", "shown"], () => this.render());
  }

  /** Builds what is new and leaves alone what has not changed: an edit touches one paragraph. */
  render(): void {
    const { length } = this.state.blocks;
    for (const gone of this.blocks.splice(length)) {
      gone.element.remove();
      this.dressed.delete(gone);
    }
    for (const gone of this.parts.splice(Math.ceil(length / PART))) gone.remove();
    for (const old of this.sheet.querySelectorAll(".aai-chapter")) old.remove();
    // Only few paragraphs decide how tall the pane is: many would have to be laid out for it.
    this.element.classList.toggle("aai-few", length <= PART);
    this.sheet.classList.toggle("aai-plain", this.state.speakers.length === 0);
    this.headings = this.findHeadings();
    this.filled = 0;
    // What can be seen at once comes first; a transcript that is there already is only compared.
    this.fill(Math.max(AT_ONCE, this.blocks.length));
    if (!this.dressed.size) for (const block of this.blocks.slice(0, DRESSED)) this.dress(block); // before any layout
    this.view = [0, -1];
    this.look();
  }

  /** Makes sure that block b and all before it are there. */
  private fill(upTo: number): void {
    this.later();
    const { blocks } = this.state;
    const end = Math.min(blocks.length, upTo);
    const from = this.filled;
    for (let b = from; b < end; b++) {
      this.fillBlock(b);
      const heading = this.headings.get(b);
      if (heading) this.blocks[b].element.before(heading);
    }
    this.filled = Math.max(from, end);
    for (let k = Math.floor(from / PART); k * PART < end; k++) this.estimate(k);
    if (this.filled < blocks.length)
      this.later = (from ? whenIdle : afterPaint)(() => this.fill(this.filled + AT_A_TIME));
    else if (from) this.look();
  }

  private fillBlock(b: number): void {
    const { columns: c, blocks } = this.state;
    const turn = blocks.turn[b];
    const [first, next] = [blocks.first[b], blocks.first[b + 1]];
    const speaker = c.speaker[turn];
    const text = next > first ? c.text.slice(c.offset[first], c.offset[next] - 1) : "";
    const opens = b === 0 || blocks.turn[b - 1] !== turn;
    const start = first < c.words && !opens ? c.start[first] : c.turnStart[turn];
    this.blocks[b] ??= this.build(this.partOf(b));
    const block = this.blocks[b];
    if (block.speaker !== speaker || block.opens !== opens) {
      const kept = ["aai-now", "aai-edited", "aai-dressed"].filter((name) => block.element.classList.contains(name));
      block.element.className = ["aai-turn", tint(speaker), opens ? "aai-opens" : "", ...kept].join(" ");
    }
    Object.assign(block, { speaker, opens, start });
    if (block.dressed) this.dress(block);
    if (block.text === text) return;
    block.text = text;
    block.node.data = visible(text);
  }

  private partOf(b: number): HTMLElement {
    const k = Math.floor(b / PART);
    if (!this.parts[k]) {
      this.parts[k] = h("div", { class: "aai-part" });
      this.sheet.append(this.parts[k]);
    }
    return this.parts[k];
  }

  /** How tall a part will be about, for the scroll bar, until it is laid out. */
  private estimate(k: number): void {
    let lines = 0;
    const blocks = this.blocks.slice(k * PART, (k + 1) * PART);
    for (const block of blocks) lines += Math.max(1, Math.ceil(block.text.length / 88));
    this.parts[k].style.containIntrinsicBlockSize = `auto ${lines * 25 + blocks.length * 11}px`;
  }

  /** The word under the pointer; -1 beside the text. */
  wordAt(
    x: number,
    y: number,
    target: EventTarget | null,
    characterAt: (node: Text, x: number, y: number) => number,
  ): number {
    const element = (target as Element | null)?.closest?.(".aai-turn") as HTMLElement | null;
    const b = element ? this.indexOf(element) : -1;
    if (b < 0) return -1;
    const offset = characterAt(this.blocks[b].node, x, y);
    if (offset < 0) return -1;
    const { columns, blocks } = this.state;
    const word = wordAtOffset(columns, columns.offset[blocks.first[b]] + offset);
    return Math.min(Math.max(word, blocks.first[b]), blocks.first[b + 1] - 1);
  }

  indexOf(element: HTMLElement): number {
    return this.blocks.findIndex((block) => block.element === element);
  }

  blockOfWord(word: number): number {
    return lastNotAbove(this.state.blocks.first, word, this.state.blocks.length);
  }

  blocksOfTurn(turn: number): Block[] {
    this.fill(this.state.blocks.length);
    return this.blocks.filter((_, b) => this.state.blocks.turn[b] === turn);
  }

  /** The part of text offsets from..to that lies in block b. */
  span(b: number, from: number, to: number): Span | null {
    const { columns, blocks } = this.state;
    if (!this.blocks[b]) return null;
    const base = columns.offset[blocks.first[b]];
    const length = this.blocks[b].node.length;
    const span = { node: this.blocks[b].node, from: Math.max(0, from - base), to: Math.min(length, to - base) };
    return span.to > span.from ? span : null;
  }

  wordSpan(word: number): Span | null {
    const { offset } = this.state.columns;
    if (word < 0 || word >= this.state.columns.words) return null;
    return this.span(this.blockOfWord(word), offset[word], offset[word + 1] - 1);
  }

  /** Brings a word into view; `gently` leaves it where it is while it is in the middle of the pane. */
  reveal(word: number, gently = false): void {
    this.stay();
    const b = this.blockOfWord(word);
    if (b < 0) return;
    if (!this.blocks[b]) this.fill(b + AT_ONCE);
    const pane = this.element.getBoundingClientRect();
    if (!pane.height) return;
    const far = this.blocks[b].element.getBoundingClientRect();
    if (far.bottom < pane.top - pane.height || far.top > pane.bottom + pane.height) {
      // Sizes of what was never laid out are estimates: go there first, then look again.
      this.element.scrollTop += far.top - pane.top - pane.height * 0.3;
      this.settling = requestAnimationFrame(() => this.settle(word, false));
    } else {
      this.settle(word, gently);
    }
  }

  /** Ends a way to a word that has not come to its end: a hand has begun to scroll. */
  stay(): void {
    cancelAnimationFrame(this.settling);
  }

  /** Whether a word can be seen now. */
  sees(word: number): boolean {
    const [pane, rect] = [this.element.getBoundingClientRect(), this.place(word)];
    return !!rect && rect.top >= pane.top && rect.bottom <= pane.bottom;
  }

  private place(word: number): DOMRect | null {
    const span = this.wordSpan(word);
    if (!span) return null;
    const probe = document.createRange();
    probe.setStart(span.node, span.from);
    probe.setEnd(span.node, span.to);
    return probe.getBoundingClientRect();
  }

  private settle(word: number, gently: boolean): void {
    const rect = this.place(word);
    if (!rect) return;
    const pane = this.element.getBoundingClientRect();
    const edge = Math.min(pane.height * 0.22, 90);
    if (rect.top >= pane.top + (gently ? 8 : 4) && rect.bottom <= pane.bottom - edge) return;
    const top = this.element.scrollTop + rect.top - pane.top - pane.height * 0.28;
    this.element.scrollTo({ top, behavior: gently && !reducedMotion() ? "smooth" : "instant" });
  }

  private build(into: HTMLElement): Block {
    const element = this.pattern.cloneNode(true) as HTMLElement;
    const node = document.createTextNode("");
    element.lastElementChild!.append(node);
    into.append(element);
    return { element, node, text: "", speaker: -2, opens: false, start: 0, dressed: "" };
  }

  /** Gives a paragraph its buttons, who speaks and when; an edit of them only what has changed. */
  private dress(block: Block): void {
    const { element, speaker, opens, start } = block;
    const who = opens && speaker >= 0 ? this.state.name(speaker) : "";
    const said = `${who}|${this.state.chip(speaker)}|${clock(start)}`;
    if (block.dressed === said) return;
    this.undress(block);
    const at = h("button", { class: "aai-at", type: "button", tabindex: "-1", text: clock(start) });
    at.title = `Play from ${clock(start)}`;
    if (who) {
      const chip = h("span", { class: "aai-chip", text: this.state.chip(speaker) });
      const name = h("span", { class: "aai-name", text: who });
      const rename = { class: "aai-who", type: "button", tabindex: "-1", title: `Rename ${who}` };
      element.prepend(h("button", rename, chip, name), at);
    } else element.prepend(at);
    element.classList.add("aai-dressed");
    block.dressed = said;
    this.dressed.add(block);
  }

  private undress(block: Block): void {
    if (!block.dressed) return;
    for (const one of block.element.querySelectorAll(":scope > button")) one.remove();
    block.element.classList.remove("aai-dressed");
    block.dressed = "";
    this.dressed.delete(block);
  }

  private dressView([from, to]: [number, number]): void {
    const near = new Set(this.blocks.slice(Math.max(0, from - DRESSED), to + 1 + DRESSED));
    for (const block of this.dressed) if (!near.has(block)) this.undress(block);
    for (const block of near) this.dress(block);
  }

  /** Chapter headings, by the block they stand before. */
  private findHeadings(): Map<number, HTMLElement> {
    const out = new Map<number, HTMLElement>();
    if (!this.state.shown.has("chapter")) return out;
    const { columns, blocks } = this.state;
    const starts = Int32Array.from(
      { length: blocks.length },
      (_, b) => columns.start[blocks.first[b]] ?? columns.turnStart[blocks.turn[b]],
    );
    for (const layer of this.state.layers) {
      if (layer.kind !== "chapter") continue;
      const b = Math.max(0, lastNotAbove(starts, layer.start + 500));
      const heading = h("div", { class: "aai-chapter", role: "heading", "aria-level": "3" });
      heading.append(h("span", { text: label(layer.value || layer.label) }));
      heading.title = label(layer.text, 600);
      if (!out.has(b)) out.set(b, heading);
    }
    return out;
  }

  private findView(): void {
    const pane = this.element.getBoundingClientRect();
    const firstBelow = (y: number, low: number, high: number, element: (i: number) => Element) => {
      while (low < high) {
        const middle = (low + high) >> 1;
        if (element(middle).getBoundingClientRect().bottom < y) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    // Parts first: to measure a paragraph of a part out of view would lay that part out.
    const below = (y: number) => {
      const k = firstBelow(y, 0, this.parts.length, (i) => this.parts[i]);
      return firstBelow(
        y,
        Math.min(k * PART, this.blocks.length),
        Math.min((k + 1) * PART, this.blocks.length),
        (i) => this.blocks[i].element,
      );
    };
    const view: [number, number] = [below(pane.top - 60), Math.min(this.blocks.length - 1, below(pane.bottom + 60))];
    if (view[0] === this.view[0] && view[1] === this.view[1]) return;
    this.view = view;
    this.dressView(view);
    this.viewChanged();
  }
}
