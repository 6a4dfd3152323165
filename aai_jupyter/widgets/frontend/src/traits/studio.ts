// The traits of widgets/studio/studio_widget.py: recordings, options, a run and its results.

/** One option of a request, as widgets/studio/option_form.py describes it. */
export interface Field {
  name: string;
  title: string;
  flag: string;
  kind: "bool" | "int" | "float" | "str" | "list" | "object";
  items?: "str" | "object";
  group: string;
  help: string;
  default?: unknown;
  choices?: string[];
  minimum?: number;
  maximum?: number;
  unit?: string;
  price?: number;
  requires?: string[];
  common: boolean;
}

export interface FileEntry {
  key: string;
  name: string;
  size: number;
  seconds: number | null;
}

export interface Row {
  index: number;
  name: string;
  stage: string;
  sent: number;
  size: number | null;
  elapsed: number;
  id: string | null;
  message: string;
  preview?: string;
  summary?: string;
}

/** What the run would be. */
export interface Plan {
  problems: string[];
  warnings: string[];
  cell: string;
  price: { text?: string; items?: [string, number][]; unknown?: string[] };
}

/** Where recordings go. */
export interface Engine {
  label: string;
  local: boolean;
}

export interface StudioTraits {
  _view: "studio";
  /** Model of the script and the style, where the widgets of a kernel share them. */
  code: string;
  /** The kernel runs a cell, and may hear nothing until that has ended. */
  cell_runs: boolean;
  form: Field[];
  files: FileEntry[];
  rows: Row[];
  plan: Partial<Plan>;
  engine: Partial<Engine>;
  running: boolean;
  opened: string;
}
