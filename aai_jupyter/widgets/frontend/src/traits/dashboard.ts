// The traits of widgets/dashboard/dashboard_widget.py: a batch of recordings.

export interface Totals {
  total: number;
  done: number;
  cached: number;
  failed: number;
  seconds: number;
  seconds_done: number;
  /** Seconds of sound for each second of waiting. */
  rate: number | null;
  seconds_left: number | null;
  usd_spent: number;
  usd_expected: number;
  running: boolean;
}

export interface DashboardTraits {
  _view: "dashboard";
  /** Model of the script and the style, where the widgets of a kernel share them. */
  code: string;
  /** The kernel runs a cell, and may hear nothing until that has ended. */
  cell_runs: boolean;
  labels: string[];
  lengths: (number | null)[];
  /** One letter for each recording; see stages.ts. */
  stages: string;
  /** Those in work: place, what is said of it, how much of the step is done. */
  active: [number, string, number | null][];
  reasons: string[];
  /** Those that failed: place, and number of the reason. */
  failures: [number, number][];
  totals: Partial<Totals>;
  actions: boolean;
}
