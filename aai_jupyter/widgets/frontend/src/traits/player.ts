// The traits of widgets/player/player.py: the columns of a transcript, and what the user does with them.
import type { Bytes } from "../host.ts";

export interface Meta {
  id: string;
  /** Another one for each player. */
  player: string;
  title: string;
  source: string;
  duration: number;
  language: string;
  model: string;
  /** `ask`: at an address which the page gets once the user has agreed. */
  has_audio: "url" | "ask" | "server" | "comm" | "none";
  audio_url: string;
  /** What to do when there is no sound. */
  audio_hint: string;
  /** Another number when the recording is another one. */
  recording: number;
  sample_rate: number;
  redacted: boolean;
  editable: boolean;
  low_confidence: number;
  /** The speaker of each track that can be muted. */
  tracks?: string[];
  /** What the service says about its own work. */
  warnings: string[];
}

export interface Speaker {
  label: string;
  name: string;
}

/** Id, start, end (milliseconds), code, coder, memo. */
export type SentPassage = [string, number, number, string, string, string];

export interface BookCode {
  name: string;
  definition: string;
  /** `#rrggbb`, or empty. */
  colour: string;
  parent: string;
}

export interface History {
  undo: string | null;
  redo: string | null;
}

export type Selection =
  | { kind: "words"; first: number; last: number }
  | { kind: "time"; start: number; end: number }
  | null;

/** Large trait -> number of its pieces, where one message does not hold it; the second is `text:1`, and so on. */
export interface Cut {
  [trait: string]: number;
}

export interface PlayerTraits {
  /** How often the static form in the notebook has changed. */
  changes: number;
  _view: "player";
  /** Model of the script and the style, where the widgets of a kernel share them. */
  code: string;
  /** The kernel runs a cell, and may hear nothing until that has ended. */
  cell_runs: boolean;
  meta: Meta;
  text: string;
  word_times: Bytes;
  word_spaces: Bytes;
  word_confidence: Bytes;
  turns: Bytes;
  speakers: Speaker[];
  layer_texts: string[];
  layer_times: Bytes;
  layer_cells: Bytes;
  codes: SentPassage[];
  codebook: BookCode[];
  peaks: Bytes;
  history: History;
  revision: number;
  word_count: number;
  /** Whether the columns are all of the transcript: of a long one its beginning comes first. */
  whole: boolean;
  cut: Cut;
  current_time: number;
  playing: boolean;
  rate: number;
  follow: boolean;
  selection: Selection;
}

/** What belongs to a page: the kernel hears of it, and passes it on to no other page. See player/page.ts. */
export type PageState = Pick<PlayerTraits, "current_time" | "playing" | "rate" | "follow" | "selection">;
