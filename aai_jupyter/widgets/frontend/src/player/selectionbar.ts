// Toolbar of the selection: what is selected, and what can be done with it.

import { turnOfWord } from "../data/columns.ts";
import { clock, grouped } from "../data/time.ts";
import { button } from "../ui/button.ts";
import { h, press, renew } from "../ui/dom.ts";
import { react } from "../ui/reactive.ts";
import type { Clipboard } from "./clipboard.ts";
import type { Edits } from "./edits.ts";
import type { State } from "./state.ts";
import type { Transport } from "./transport.ts";

export class SelectionBar {
  readonly element = h("div", { class: "aai-selected", role: "status", hidden: true });

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly clipboard: Clipboard,
    private readonly edits: Edits,
    private readonly home: () => void,
  ) {
    react(state.signal, () => this.draw());
  }

  private draw(): void {
    const time = this.state.selectedTime();
    this.element.hidden = !time;
    if (!time) return;
    const words = this.clipboard.words();
    const count = words ? words[1] - words[0] + 1 : 0;
    const loop = button("loop", "Loop (O)", () => this.transport.setLoop(!this.transport.loop));
    press(loop, this.transport.loop);
    const text = (name: string, title: string, bare: boolean) =>
      h("button", {
        type: "button",
        class: "aai-text-button",
        text: name,
        title,
        on: { click: () => void this.clipboard.write(bare) },
      });
    renew(
      this.element,
      h("span", {
        class: "aai-selected-what",
        text: `${grouped(count)} word${count === 1 ? "" : "s"} · ${clock(time[0], true)} – ${clock(time[1], true)}`,
      }),
      button("play", "Play the selection", () => this.transport.playRanges([time])),
      loop,
      words && text("Copy", "Copy with speakers and times", false),
      words && text("Text", "Copy the words only", true),
      words && this.edits.allowed ? this.speakers(words) : null,
      this.edits.allowed ? this.seal(time) : null,
      button("close", "Clear the selection", () => {
        this.home();
        this.state.select(null);
      }),
    );
  }

  /** What is sealed is in no pseudonymised view: neither words nor sound. */
  private seal([start, end]: [number, number]): HTMLElement {
    const { edits, state } = this;
    const inside = state.layers.some((one) => one.kind === "sealed" && one.start < end && one.end > start);
    return h("button", {
      type: "button",
      class: "aai-text-button",
      text: inside ? "Unseal" : "Seal",
      title: inside
        ? "Let pseudonymised views have these words again"
        : "Keep these words and their sound out of every pseudonymised view",
      on: { click: () => void edits.apply(inside ? "unseal" : "seal", { start, end }) },
    });
  }

  /** The turns that the selection touches, to another speaker or to a new one. */
  private speakers([first, last]: [number, number]): HTMLElement {
    const { state, edits } = this;
    const turns: number[] = [];
    for (let turn = turnOfWord(state.columns, first); turn <= turnOfWord(state.columns, last); turn++) turns.push(turn);
    const what = turns.length === 1 ? "this turn" : `these ${grouped(turns.length)} turns`;
    const choice = h(
      "select",
      { "aria-label": `Give ${what} to`, title: `Give ${what} to another speaker` },
      h("option", { value: "", text: "Speaker…" }),
    );
    state.speakers.forEach((speaker, i) => choice.append(h("option", { value: speaker.label, text: state.name(i) })));
    choice.append(h("option", { value: "", text: "New speaker" }));
    choice.addEventListener("change", () => {
      const at = choice.selectedIndex - 1;
      if (at < 0) return;
      if (at < state.speakers.length) void edits.apply("assign_turns", { turns, label: choice.value });
      else void edits.apply("split_speaker", { turns });
    });
    return choice;
  }
}
