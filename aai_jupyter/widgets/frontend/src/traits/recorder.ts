// The traits of widgets/recorder/recorder.py: one dictation.

export interface Meta {
  id: string;
  rate: number;
  /** Seconds of the longest clip. */
  longest: number;
  /** A microphone of the kernel's machine; empty: the page's. */
  device: string;
  /** USD per hour; null where nothing is paid, or no price is known. */
  price: number | null;
  local: boolean;
  where: string;
  warnings: string[];
}

export interface ClipText {
  n: number;
  text: string;
  figures: string;
}

/** Of the kernel's microphone, while it records. */
export interface Figures {
  seconds: number;
  level: number;
}

export interface RecorderTraits {
  _view: "recorder";
  /** Model of the script and the style, where the widgets of a kernel share them. */
  code: string;
  /** The kernel runs a cell, and may hear nothing until that has ended. */
  cell_runs: boolean;
  meta: Meta;
  state: string;
  texts: ClipText[];
  problem: string;
  held: boolean;
  figures: Partial<Figures>;
}
