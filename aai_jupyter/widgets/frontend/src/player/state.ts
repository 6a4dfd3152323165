// What the parts of the player share. Parts change it through its methods and hear of changes by topic.
import { type Blocks, makeBlocks } from "../data/blocks.ts";
import { type Columns, decodeColumns } from "../data/columns.ts";
import { label } from "../data/safe.ts";
import { type Hits, NO_HITS, type Query } from "../data/search.ts";
import { bytes, type Model } from "../host.ts";
import type { History, Meta, PlayerTraits, Selection, Speaker } from "../traits/player.ts";
import type { View } from "../view.ts";

export interface Layer {
  kind: string;
  start: number;
  end: number;
  label: string;
  value: string;
  text: string;
}

export type Topic =
  | "columns"
  | "speakers"
  | "layers"
  | "selection"
  | "hits"
  | "looks"
  | "time"
  | "playback"
  | "theme"
  | "history"
  | "editing"
  | "peaks";

/** Kinds that cover whole turns' worth of text start switched off on the text itself. */
const QUIET = new Set(["sentiment", "entity", "highlight", "topic", "safety"]);

export class State {
  meta!: Meta;
  speakers: Speaker[] = [];
  layers: Layer[] = [];
  columns!: Columns;
  blocks!: Blocks;
  peaks = new Int8Array(0);
  history: History = { undo: null, redo: null };
  selection: Selection = null;
  query: Query = { text: "", regex: false, speaker: null };
  hits: Hits = NO_HITS;
  hit = -1;
  /** The word under review. */
  reviewed = -1;
  /** Confidence, 0 to 255, below which a word is shaded; 0 shades none. */
  threshold = 0;
  shown = new Set<string>();
  editing = false;
  ms = 0;
  word = -1;
  private readonly listeners = new Map<Topic, Set<() => void>>();

  constructor(private readonly view: View<PlayerTraits>) {
    this.readMeta();
    this.readSpeakers();
    this.readLayers();
    this.readColumns();
    this.readPeaks();
    this.readHistory();
    for (const layer of this.layers) if (!QUIET.has(layer.kind)) this.shown.add(layer.kind);
    this.threshold = Math.round(255 * (this.meta.low_confidence || 0));
  }

  get model(): Model<PlayerTraits> {
    return this.view.model;
  }

  /** Aborted when the player is closed. */
  get signal(): AbortSignal {
    return this.view.signal;
  }

  on(topic: Topic, handler: () => void): void {
    if (!this.listeners.has(topic)) this.listeners.set(topic, new Set());
    this.listeners.get(topic)!.add(handler);
  }

  emit(...topics: Topic[]): void {
    for (const topic of topics) for (const handler of this.listeners.get(topic) ?? []) handler();
  }

  readMeta(): void {
    const given: Partial<Meta> = this.model.get("meta");
    this.meta = {
      id: "",
      title: "",
      source: "",
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
      ...given,
      duration: Number(given.duration) || 0,
    };
  }

  readColumns(): void {
    this.columns = decodeColumns(this.model);
    this.blocks = makeBlocks(this.columns);
    const { turnEnd } = this.columns;
    if (!this.meta.duration) this.meta.duration = turnEnd.reduce((most, end) => Math.max(most, end), 1);
  }

  readPeaks(): void {
    this.peaks = new Int8Array(bytes(this.model.get("peaks")));
  }

  readSpeakers(): void {
    this.speakers = this.model.get("speakers").map(({ label, name }) => ({ label, name: name ?? label }));
  }

  readLayers(): void {
    const texts = this.model.get("layer_texts") ?? [];
    const times = new Int32Array(bytes(this.model.get("layer_times")));
    const cells = new Uint16Array(bytes(this.model.get("layer_cells")));
    const text = (cell: number) => String(texts[cells[cell]] ?? "");
    this.layers = Array.from({ length: times.length >> 1 }, (_, i) => ({
      kind: text(4 * i),
      start: times[2 * i],
      end: times[2 * i + 1],
      label: text(4 * i + 1),
      value: text(4 * i + 2),
      text: text(4 * i + 3),
    }));
  }

  readHistory(): void {
    this.history = this.model.get("history");
  }

  /** Also tells the kernel. */
  select(selection: Selection): void {
    if (!selection && !this.selection) return;
    this.selection = selection;
    this.model.set("selection", selection);
    this.model.save_changes();
    this.emit("selection");
  }

  /** The selection in milliseconds. */
  selectedTime(): [number, number] | null {
    const s = this.selection;
    if (!s) return null;
    if (s.kind === "time") return [s.start, s.end];
    let from = Infinity;
    let to = 0;
    for (let w = s.first; w <= s.last && w < this.columns.words; w++) {
      from = Math.min(from, this.columns.start[w]);
      to = Math.max(to, this.columns.end[w]);
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
