// The traits of widgets/chat/answer_view.py: one answer of a language model.

export type State = "writing" | "done" | "stopped";

export interface AnswerTraits {
  _view: "answer";
  /** Model of the script and the style, where the widgets of a kernel share them. */
  code: string;
  /** The kernel runs a cell, and may hear nothing until that has ended. */
  cell_runs: boolean;
  html: string;
  under: string;
  status: string;
  state: State;
  /** Id of the model of a player that shows what was cited. */
  opened: string;
}
