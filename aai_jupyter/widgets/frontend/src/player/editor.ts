// Edits one turn at a time in a real text area; the kernel aligns the words with their times.
import { spanText, wordAtOffset } from "../data/columns.ts";
import { h } from "../ui/dom.ts";
import { button } from "../ui/menu.ts";
import type { Edits } from "./edits.ts";
import type { State } from "./state.ts";
import type { Transcript } from "./transcript.ts";

export class TurnEditor {
  turn = -1;
  private box: HTMLElement | null = null;
  private area: HTMLTextAreaElement | null = null;
  private before = "";

  constructor(
    private readonly state: State,
    private readonly transcript: Transcript,
    private readonly edits: Edits,
    private readonly closed: () => void,
  ) {
    // What somebody is typing stays, unless its turn is another one now.
    state.on("columns", () => {
      if (this.open && this.textOf(this.turn) !== this.before) this.close();
    });
  }

  get open(): boolean {
    return this.turn >= 0;
  }

  private textOf(turn: number): string {
    const { columns: c } = this.state;
    return turn < c.turns ? spanText(c, c.first[turn], c.first[turn + 1] - 1) : "";
  }

  edit(turn: number): void {
    if (turn === this.turn || turn < 0 || turn >= this.state.columns.turns || !this.edits.allowed) return;
    this.close();
    const { columns: c } = this.state;
    const blocks = this.transcript.blocksOfTurn(turn);
    if (!blocks.length) return;
    this.turn = turn;
    this.before = this.textOf(turn);
    this.area = h("textarea", { class: "aai-area", "aria-label": `Text of the turn of ${this.state.name(c.speaker[turn]) || "this speaker"}`, spellcheck: "true", dir: "auto", rows: "1" });
    this.area.value = this.before;
    this.area.addEventListener("input", () => this.grow());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.box = h("div", { class: "aai-editor" }, this.area, this.tools(turn));
    for (const block of blocks) block.element.classList.add("aai-edited");
    blocks[0].element.append(this.box);
    this.grow();
    this.area.focus({ preventScroll: false });
    this.state.emit("editing");
  }

  async save(): Promise<void> {
    const { turn, area, before } = this;
    if (!area || turn < 0) return;
    const text = area.value.replace(/\s+/g, " ").trim();
    if (text === before.trim()) return this.close();
    area.disabled = true;
    if (await this.edits.apply("set_turn_text", { turn, text })) this.close();
    else area.disabled = false; // what was typed stays
  }

  close(): void {
    if (!this.open) return;
    this.remove();
    this.closed();
    this.state.emit("editing");
  }

  private remove(): void {
    this.box?.remove();
    this.box = this.area = null;
    this.turn = -1;
    for (const element of this.transcript.sheet.querySelectorAll(".aai-edited")) element.classList.remove("aai-edited");
  }

  private grow(): void {
    this.area!.style.height = "auto";
    this.area!.style.height = `${Math.min(420, this.area!.scrollHeight + 2)}px`;
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void this.save();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    }
  }

  private async run(op: string, args: Record<string, unknown>): Promise<void> {
    if (await this.edits.apply(op, args)) this.close();
  }

  private tools(turn: number): HTMLElement {
    const { state } = this;
    const { columns: c } = state;
    const who = h("select", { "aria-label": "Speaker of this turn", title: "Speaker of this turn" });
    state.speakers.forEach((speaker, i) => who.append(h("option", { value: speaker.label, text: state.name(i) })));
    who.append(h("option", { value: "", text: "New speaker" }));
    who.selectedIndex = c.speaker[turn] >= 0 ? c.speaker[turn] : -1;
    who.addEventListener("change", () => {
      if (who.selectedIndex < state.speakers.length) void this.run("assign_turn", { turn, label: who.value });
      else void this.run("split_speaker", { turns: [turn], name: `Speaker ${state.speakers.length + 1}` });
    });
    const split = h("button", { type: "button", class: "aai-text-button", text: "Split here", title: "Split the turn at the text cursor", on: { click: () => this.split() } });
    const merge = h("button", { type: "button", class: "aai-text-button", text: "Join next", title: "Join with the following turn", on: { click: () => void this.run("merge_turns", { turn }) } });
    merge.disabled = turn + 1 >= c.turns;
    const cancel = h("button", { type: "button", class: "aai-text-button", text: "Cancel", title: "Cancel (Esc)", on: { click: () => this.close() } });
    const save = button("check", "Save (Ctrl+Enter)", () => void this.save(), "Save");
    save.classList.add("aai-primary");
    return h("div", { class: "aai-editor-tools" }, who, split, merge, h("span", { class: "aai-spring" }), cancel, save);
  }

  /** The cursor's word opens the second turn; only in text that has not been changed yet. */
  private split(): void {
    const { turn, area, state } = this;
    if (!area || turn < 0) return;
    const base = state.columns.offset[state.columns.first[turn]];
    const word = wordAtOffset(state.columns, base + area.selectionStart);
    if (area.value !== this.before || word <= state.columns.first[turn]) return;
    void this.run("split_turn", { turn, word });
  }
}
