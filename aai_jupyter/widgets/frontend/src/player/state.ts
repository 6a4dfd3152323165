// Shared state of the player's parts: reactive fields that the kernel or the user changes.
import { type Blocks, makeBlocks } from "../data/blocks.ts";
import { type Columns, decodeColumns, decodeHead } from "../data/columns.ts";
import { label } from "../data/safe.ts";
import { type Hits, NO_HITS, type Query } from "../data/search.ts";
import { bytes, joined, type Model } from "../host.ts";
import type { BookCode, History, Meta, PlayerTraits, Selection, Speaker } from "../traits/player.ts";
import { afterPaint } from "../ui/dom.ts";
import { batch, reactive } from "../ui/reactive.ts";
import type { View } from "../view.ts";
import { CODE, codesOf, type Layer, type Passage } from "./codes.ts";
import { Page } from "./page.ts";

const LATEST = 1000; // ms

/** Kinds that cover whole turns' worth of text start switched off on the text itself. */
const QUIET = new Set(["sentiment", "entity", "highlight", "topic", "safety"]);

const NO_META: Meta = {
  id: "",
  player: "",
  title: "",
  source: "",
  duration: 0,
  language: "",
  model: "",
  has_audio: "none",
  audio_url: "",
  audio_hint: "",
  recording: 0,
  sample_rate: 16000,
  redacted: false,
  editable: true,
  low_confidence: 0,
  warnings: [],
};

export class State {
  // What the kernel decides.
  declare meta: Meta;
  declare speakers: readonly Speaker[];
  declare layers: readonly Layer[];
  declare columns: Columns;
  /** Coded passages in order of time. */
  declare passages: readonly Passage[];
  declare codebook: readonly BookCode[];
  /** The code whose passages alone are shown; empty shows all. */
  declare onlyCode: string;
  /** Whether the row of codes is shown. */
  declare codingOpen: boolean;
  declare blocks: Blocks;
  declare peaks: Int8Array;
  declare history: History;
  declare follow: boolean;
  // What is done in the page.
  declare selection: Selection;
  declare hits: Hits;
  declare hit: number;
  /** The word under review. */
  declare reviewed: number;
  /** Confidence, 0 to 255, below which a word is shaded; 0 shades none. */
  declare threshold: number;
  /** Kinds of layers that are shown. */
  declare shown: ReadonlySet<string>;
  declare editing: boolean;
  declare ms: number;
  declare word: number;
  /** Whether `columns` hold all of the transcript, and not its beginning. */
  whole = true;
  query: Query = { text: "", regex: false, speaker: null };
  readonly model: Model<PlayerTraits>;
  readonly page: Page;
  /** Aborted when the player is closed. */
  readonly signal: AbortSignal;

  constructor(view: View<PlayerTraits>) {
    const { model, signal } = view;
    this.model = model;
    this.signal = signal;
    const meta = this.metaNow();
    this.page = new Page(model, signal, meta.player);
    // Of a long transcript its beginning is seen first: all of it takes as long as the rest of the page.
    const head = meta.duration ? decodeHead(model) : null;
    const columns = head ?? decodeColumns(model);
    const passages = codesOf(model);
    const layers = [...this.layersNow(), ...passages];
    const kinds = layers.map((layer) => layer.kind).filter((kind) => !QUIET.has(kind));
    reactive(this, {
      meta: withDuration(meta, columns),
      speakers: this.speakersNow(),
      layers,
      columns,
      passages,
      codebook: model.get("codebook") ?? [],
      onlyCode: "",
      codingOpen: false,
      blocks: makeBlocks(columns),
      peaks: this.peaksNow(),
      history: model.get("history"),
      follow: this.page.get("follow"),
      selection: this.page.get("selection"),
      hits: NO_HITS,
      hit: -1,
      reviewed: -1,
      threshold: Math.round(255 * meta.low_confidence),
      shown: new Set([...kinds, CODE]),
      editing: false,
      ms: 0,
      word: -1,
    });
    this.follows(view);
    this.whole = !head;
    if (head) this.readSoon();
  }

  /** Reads the whole after the first paint; where nothing is painted, as in the background, a moment later. */
  private readSoon(): void {
    const end = () => {
      window.clearTimeout(timer);
      stop();
    };
    const read = () => {
      end();
      this.complete();
    };
    const timer = window.setTimeout(read, LATEST);
    const stop = afterPaint(read);
    this.signal.addEventListener("abort", end, { once: true });
  }

  /** Reads the whole now: somebody goes elsewhere, or looks for something. */
  complete(): void {
    if (!this.whole) this.readColumns();
  }

  /** Words of the whole transcript, also before all are read. */
  get words(): number {
    return this.model.get("word_count") || bytes(this.model.get("word_confidence")).byteLength;
  }

  private follows(view: View<PlayerTraits>): void {
    const { model } = this;
    view.on(["meta"], () => (this.meta = withDuration(this.metaNow(), this.columns)));
    view.on(["speakers"], () => (this.speakers = this.speakersNow()));
    view.on(["peaks"], () => (this.peaks = this.peaksNow()));
    view.on(["history"], () => (this.history = model.get("history")));
    this.page.on("follow", () => (this.follow = this.page.get("follow")));
    this.page.on("selection", () => {
      const next = this.page.get("selection");
      if (JSON.stringify(next) !== JSON.stringify(this.selection)) this.selection = next;
    });
    // What comes in several traits at once is read when all of them are there; after an edit `revision` is the last.
    view.on(
      ["revision", "text"],
      afterAll(() => this.readColumns()),
    );
    view.on(
      ["layer_texts", "layer_times", "layer_cells", "codes", "codebook"],
      afterAll(() => this.readLayers()),
    );
  }

  private readLayers(): void {
    batch(() => {
      this.codebook = this.model.get("codebook") ?? [];
      this.passages = codesOf(this.model);
      if (this.onlyCode && !this.codebook.some(({ name }) => name === this.onlyCode)) this.onlyCode = "";
      this.showLayers();
    });
  }

  /** Shows the passages of one code, or of all. */
  filterCode(code: string): void {
    batch(() => {
      this.onlyCode = code;
      this.showLayers();
    });
  }

  /** Passages that the filter leaves. */
  get coded(): readonly Passage[] {
    const { onlyCode } = this;
    return onlyCode ? this.passages.filter(({ value }) => value === onlyCode) : this.passages;
  }

  private showLayers(): void {
    this.layers = [...this.layersNow(), ...this.coded];
  }

  private readColumns(): void {
    this.whole = true;
    const columns = decodeColumns(this.model);
    batch(() => {
      this.columns = columns;
      this.blocks = makeBlocks(columns);
      this.meta = withDuration(this.meta, columns);
    });
  }

  private metaNow(): Meta {
    const given = { ...NO_META, ...this.model.get("meta") };
    return { ...given, duration: Number(given.duration) || 0, low_confidence: given.low_confidence || 0 };
  }

  private peaksNow(): Int8Array {
    return new Int8Array(bytes(this.model.get("peaks")));
  }

  private speakersNow(): Speaker[] {
    return this.model.get("speakers").map(({ label, name }) => ({ label, name: name ?? label }));
  }

  private layersNow(): Layer[] {
    const texts = (joined(this.model, "layer_texts") ?? []) as string[];
    const times = new Int32Array(bytes(this.model.get("layer_times")));
    const cells = new Uint16Array(bytes(this.model.get("layer_cells")));
    const text = (cell: number) => String(texts[cells[cell]] ?? "");
    return Array.from({ length: times.length >> 1 }, (_, i) => ({
      kind: text(4 * i),
      start: times[2 * i],
      end: times[2 * i + 1],
      label: text(4 * i + 1),
      value: text(4 * i + 2),
      text: text(4 * i + 3),
    }));
  }

  /** Also tells the kernel. */
  select(selection: Selection): void {
    if (!selection && !this.selection) return;
    this.selection = selection;
    this.page.set({ selection });
  }

  /** The selection in milliseconds. */
  selectedTime(): [number, number] | null {
    const s = this.selection;
    if (!s) return null;
    if (s.kind === "time") return [s.start, s.end];
    const { start, end, words } = this.columns;
    let from = Infinity;
    let to = 0;
    for (let w = s.first; w <= s.last && w < words; w++) {
      from = Math.min(from, start[w]);
      to = Math.max(to, end[w]);
    }
    return to > from ? [from, to] : null;
  }

  /** The name shown for a speaker index: safe, on one line. */
  name(speaker: number): string {
    const one = this.speakers[speaker];
    if (!one) return "";
    return label(
      one.name && one.name !== one.label ? one.name : one.label.length > 2 ? one.label : `Speaker ${one.label}`,
      80,
    );
  }

  chip(speaker: number): string {
    const one = this.speakers[speaker];
    if (!one) return "–";
    const text = label(one.label, 8).replace(/^speaker[ _-]*/i, "");
    return Array.from(text || "?")
      .slice(0, 2)
      .join("");
  }

  kinds(): string[] {
    return [...new Set(this.layers.map((layer) => layer.kind))];
  }
}

/** Class that carries a speaker's colour. */
export function tint(speaker: number): string {
  return speaker < 0 ? "aai-s-none" : `aai-s${speaker % 8}`;
}

/** A recording whose length is not known lasts until its last turn. */
function withDuration(meta: Meta, { turnEnd }: Columns): Meta {
  return meta.duration ? meta : { ...meta, duration: turnEnd.reduce((most, end) => Math.max(most, end), 1) };
}

/** Does the work once, after everything that asks for it now. */
function afterAll(work: () => void): () => void {
  let pending = 0;
  return () => {
    window.clearTimeout(pending);
    pending = window.setTimeout(work);
  };
}
