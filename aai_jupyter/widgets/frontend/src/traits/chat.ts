// The traits of widgets/chat/chat_widget.py: a conversation about recordings.

export interface ModelChoice {
  id: string;
  name: string;
  facts: string;
}

export interface Entry {
  id: number;
  question: string;
  html: string;
  under: string;
  state: "done" | "stopped" | "error";
  error: string;
}

export interface Draft {
  question: string;
  html: string;
  status: string;
}

/** Tokens of earlier questions and answers that go out with the next one. */
export interface Budget {
  used: number;
  limit: number;
  left_out: number;
}

export interface ChatTraits {
  /** How often the static form in the notebook has changed. */
  changes: number;
  _view: "chat";
  /** Model of the script and the style, where the widgets of a kernel share them. */
  code: string;
  /** The kernel runs a cell, and may hear nothing until that has ended. */
  cell_runs: boolean;
  title: string;
  facts: string;
  hint: string;
  models: ModelChoice[];
  model: string;
  entries: Entry[];
  draft: Draft | null;
  busy: boolean;
  budget: Partial<Budget>;
  cost: string;
  opened: string;
}
