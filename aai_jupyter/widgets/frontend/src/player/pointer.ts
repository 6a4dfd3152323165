// Pointing at words: a click plays there; a double click, a drag or Shift+click selects. The browser's own selection goes on
// working, so that copying does.
import { followPointer } from "../ui/drag.ts";
import { characterAt } from "./hittest.ts";
import type { State } from "./state.ts";
import type { Transcript } from "./transcript.ts";
import type { Transport } from "./transport.ts";

export interface PointerActions {
  edit(turn: number): void;
  rename(speaker: number): void;
}

export class Pointer {
  private anchor = -1;

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly transcript: Transcript,
    private readonly actions: PointerActions,
  ) {
    const { element } = transcript;
    const { signal } = state;
    element.addEventListener("pointerdown", (event) => this.down(event), { signal });
    element.addEventListener("click", (event) => this.buttons(event), { signal });
    const selectWord = (event: MouseEvent) => {
      const word = (event.target as Element).closest("button, .aai-editor") || state.editing ? -1 : this.wordAt(event);
      if (word >= 0) state.select({ kind: "words", first: word, last: word });
    };
    element.addEventListener("dblclick", selectWord, { signal });
  }

  private wordAt(event: MouseEvent, target = event.target): number {
    return this.transcript.wordAt(event.clientX, event.clientY, target, characterAt);
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || (event.target as Element).closest("button, textarea, input, select, .aai-editor")) return;
    const word = this.wordAt(event);
    const { element } = this.transcript;
    if (event.shiftKey && word >= 0) {
      event.preventDefault(); // the browser's own selection, and with it the focus
      element.focus({ preventScroll: true });
      const from = this.anchor >= 0 ? this.anchor : Math.max(0, this.state.word);
      this.state.select({ kind: "words", first: Math.min(from, word), last: Math.max(from, word) });
      return;
    }
    this.anchor = word;
    const began = [event.clientX, event.clientY];
    let dragged = false;
    const move = (next: PointerEvent) => {
      if (!dragged && Math.hypot(next.clientX - began[0], next.clientY - began[1]) < 5) return;
      dragged = true;
      const under = (element.getRootNode() as Document | ShadowRoot).elementFromPoint(next.clientX, next.clientY);
      const now = this.wordAt(next, under);
      if (now < 0) return;
      if (this.anchor < 0) this.anchor = now;
      this.state.select({ kind: "words", first: Math.min(this.anchor, now), last: Math.max(this.anchor, now) });
    };
    const up = () => {
      if (dragged || word < 0) return;
      if (this.state.editing) {
        this.actions.edit(this.turnOf(event.target as Element));
        return;
      }
      if (this.state.selection?.kind === "words") this.state.select(null);
      this.transport.seek(this.state.columns.start[word], true);
    };
    followPointer(window, this.state.signal, { move, up });
  }

  private turnOf(target: Element): number {
    const element = target.closest(".aai-turn") as HTMLElement | null;
    return element ? this.state.blocks.turn[this.transcript.indexOf(element)] : -1;
  }

  private buttons(event: MouseEvent): void {
    const target = event.target as Element;
    const turn = this.turnOf(target);
    if (turn < 0) return;
    const { columns: c } = this.state;
    if (target.closest(".aai-who")) this.actions.rename(c.speaker[turn]);
    else if (target.closest(".aai-at")) {
      const b = this.transcript.indexOf(target.closest(".aai-turn") as HTMLElement);
      const word = this.state.blocks.first[b];
      this.transport.seek(word < c.words && word < c.first[turn + 1] ? c.start[word] : c.turnStart[turn], true);
    }
  }
}
