// The traits of widgets/captions/captions_widget.py: the state of one real-time session.

export type State = "waiting" | "connecting" | "open" | "paused" | "released" | "reconnecting" | "ending" | "ended";

export interface Meta {
  /** Key of the session: one microphone for it, however many views show it. */
  id: string;
  title: string;
  /** The page's microphone is the audio source. */
  microphone: boolean;
  /** Both sides of a call are recorded: by the page, whose user shares its sound, or by devices of the kernel's machine. */
  computer: boolean;
  /** Names of the channels; empty for one channel. */
  sides: string[];
  rate: number;
  model: string;
  /** USD per hour of open session; null where nothing is paid. */
  price: number | null;
  /** The model takes a prompt. */
  prompts: boolean;
}

export interface Figures {
  /** Seconds of sound given, and of open sessions. */
  sound: number;
  billed: number;
  /** Estimated USD; null where nothing is paid. */
  cost: number | null;
  /** Median seconds from a word's end to its partial and its final caption; null before the first. */
  partial: number | null;
  final: number | null;
  /** Seconds that the text is behind the speech; 0 while it keeps up. */
  behind: number;
  /** Seconds of sound given up. */
  lost: number;
  /** Loudness of the newest sound, 0 to 1. */
  level: number;
  /** The same for each channel. */
  levels: number[];
}

export interface Settings {
  keyterms: string[];
  prompt: string;
}

export interface CaptionsTraits {
  _view: "captions";
  /** Model of the script and the style, where the widgets of a kernel share them. */
  code: string;
  /** The kernel runs a cell, and may hear nothing until that has ended. */
  cell_runs: boolean;
  meta: Meta;
  state: State;
  figures: Partial<Figures>;
  notices: string[];
  settings: Partial<Settings>;
}
