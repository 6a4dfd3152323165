// The queue of uncertain words: two seconds of sound each, and one key to accept, fix or go on.

import { spanText, wordText } from "../data/columns.ts";
import { visible } from "../data/safe.ts";
import { clock, grouped } from "../data/time.ts";
import { button } from "../ui/button.ts";
import { focused, h, renew, takeFocus } from "../ui/dom.ts";
import { watch } from "../ui/reactive.ts";
import type { Edits } from "./edits.ts";
import type { State } from "./state.ts";
import type { Transport } from "./transport.ts";

const HEARD = 2000; // ms
const AROUND = 7; // words of context on each side
const DEFAULT_THRESHOLD = 0.6;

export class Review {
  readonly element = h("div", {
    class: "aai-review",
    role: "group",
    "aria-label": "Review of uncertain words",
    tabindex: "-1",
    hidden: true,
  });
  private word = -1;
  /** The word as it was when it was drawn: others may change it meanwhile. */
  private drawn = "";
  private busy = false;
  private readonly passed = new Set<number>();
  private input: HTMLInputElement | null = null;

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly edits: Edits,
    private readonly show: (word: number) => void,
    private readonly closed: () => void,
  ) {
    this.element.addEventListener("keydown", (event) => this.key(event), { signal: state.signal });
    watch(state, ["columns", "threshold", "shown"], () => {
      if (this.open && !this.busy && (!this.input || focused(this.element) !== this.input)) this.draw();
    });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  /** Words still to be looked at. */
  queued(): number {
    const { confidence } = this.state.columns;
    const threshold = this.threshold();
    let count = 0;
    for (let w = 0; w < confidence.length; w++) if (confidence[w] < threshold) count++;
    return count;
  }

  toggle(open = !this.open): void {
    this.element.hidden = !open;
    this.passed.clear();
    if (!open) {
      this.word = -1;
      this.mark(-1);
      this.closed();
      return;
    }
    this.word = -1;
    this.go(1);
    this.element.focus({ preventScroll: true });
  }

  private mark(word: number): void {
    this.state.reviewed = word;
  }

  private threshold(): number {
    return this.state.threshold || Math.round(DEFAULT_THRESHOLD * 255);
  }

  private next(from: number, step: 1 | -1): number {
    const { confidence, words } = this.state.columns;
    const threshold = this.threshold();
    for (let k = 1; k <= words; k++) {
      const w = (from + step * k + words * 2) % words;
      if (confidence[w] < threshold && !this.passed.has(w)) return w;
    }
    return -1;
  }

  private go(step: 1 | -1): void {
    const from = this.word < 0 ? Math.max(-1, this.state.word - 1) : this.word;
    this.word = this.next(from, step);
    this.draw();
    if (this.word < 0) return;
    this.show(this.word);
    this.hear();
  }

  private hear(): void {
    const { start, end } = this.state.columns;
    if (this.word < 0) return;
    const middle = (start[this.word] + end[this.word]) / 2;
    const from = Math.max(0, middle - HEARD / 2);
    this.transport.playRanges([[from, Math.min(this.state.meta.duration, from + HEARD)]]);
  }

  /** The word as it stands in the field. */
  private async accept(): Promise<void> {
    if (this.typed()) await this.change("set_word", { word: this.word, text: this.input!.value.trim() });
    else await this.change("accept_word", { word: this.word });
  }

  /** To another word; what was typed for this one is saved first. */
  private leave(step: 1 | -1): void {
    if (this.typed()) void this.accept();
    else this.go(step);
  }

  private typed(): boolean {
    return !!this.input && this.word >= 0 && this.input.value.trim() !== this.drawn;
  }

  private async change(op: string, args: Record<string, unknown>): Promise<void> {
    if (this.word < 0 || this.busy) return;
    this.busy = true;
    const made = await this.edits.apply(op, args, { word: this.drawn });
    this.busy = false;
    if (!made || !this.open) return;
    this.go(1);
    takeFocus(this.element);
  }

  private key(event: KeyboardEvent): void {
    const typing = event.target === this.input;
    if (event.key === "Escape") {
      event.stopPropagation();
      if (!typing) return this.toggle(false);
      this.draw(); // what was typed is gone, and seen to be
      this.element.focus({ preventScroll: true });
      return;
    }
    if (typing) {
      event.stopPropagation();
      if (event.key === "Enter") void this.accept();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      a: () => void this.accept(),
      Enter: () => void this.accept(),
      f: () => this.input?.select(),
      n: () => this.leave(1),
      ArrowRight: () => this.leave(1),
      p: () => this.leave(-1),
      ArrowLeft: () => this.leave(-1),
      " ": () => this.hear(),
      h: () => this.hear(),
      r: () => this.toggle(false),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || ((event.key === "Enter" || event.key === " ") && (event.target as Element).closest("button"))) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  private draw(): void {
    const { state, word } = this;
    const { columns: c } = state;
    this.mark(word);
    const left = this.queued();
    const close = button("close", "Close the review (Esc)", () => this.toggle(false));
    if (word < 0 || word >= c.words) {
      renew(
        this.element,
        h("span", { class: "aai-review-done", text: "Nothing left below this threshold." }),
        h("span", { class: "aai-spring" }),
        close,
      );
      return;
    }
    const spoken = visible(wordText(c, word));
    this.input = h("input", {
      type: "text",
      class: "aai-fix",
      "aria-label": "Correct word",
      spellcheck: "true",
      dir: "auto",
    });
    this.drawn = wordText(c, word);
    this.input.value = this.drawn;
    this.input.size = Math.max(6, Math.min(28, spoken.length + 2));
    const before = visible(spanText(c, Math.max(0, word - AROUND), word - 1));
    const after = visible(spanText(c, word + 1, Math.min(c.words - 1, word + AROUND)));
    const sure = Math.round((c.confidence[word] / 255) * 100);
    const accept = button("check", "Accept (A or Enter)", () => void this.accept(), "Accept");
    accept.classList.add("aai-primary");
    this.input.addEventListener(
      "input",
      () => (accept.lastElementChild!.textContent = this.typed() ? "Save" : "Accept"),
    );
    renew(
      this.element,
      h(
        "div",
        { class: "aai-review-line", dir: "auto" },
        h("span", { class: "aai-context", text: before }),
        " ",
        this.input,
        " ",
        h("span", { class: "aai-context", text: after }),
      ),
      h(
        "div",
        { class: "aai-review-tools" },
        button("play", "Hear two seconds (space)", () => this.hear()),
        h("span", {
          class: "aai-review-facts",
          role: "status",
          text: `${clock(c.start[word])} · ${sure}% sure · ${grouped(left)} to review`,
        }),
        h("span", { class: "aai-spring" }),
        accept,
        h("button", {
          type: "button",
          class: "aai-text-button",
          text: "Fix",
          title: "Type the word (F), Enter saves",
          on: { click: () => this.input?.select() },
        }),
        h("button", {
          type: "button",
          class: "aai-text-button",
          text: "Next",
          title: "Leave it for later (N); what was typed is saved",
          on: { click: () => this.leave(1) },
        }),
        close,
      ),
    );
  }
}
