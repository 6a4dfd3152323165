// The traits of widgets/chat/answer_view.py: one answer of a language model.

export type State = "writing" | "done" | "stopped";

export interface AnswerTraits {
  _view: "answer";
  html: string;
  under: string;
  status: string;
  state: State;
  /** Id of the model of a player that shows what was cited. */
  opened: string;
}
