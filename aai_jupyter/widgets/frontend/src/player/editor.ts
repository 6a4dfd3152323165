// Edits one turn at a time in a real text area; the kernel aligns the words with their times.

import { turnText, wordAtOffset } from "../data/columns.ts";
import { visible } from "../data/safe.ts";
import { button, textButton } from "../ui/button.ts";
import { h } from "../ui/dom.ts";
import { watch } from "../ui/reactive.ts";
import type { Edits } from "./edits.ts";
import type { State } from "./state.ts";
import type { Transcript } from "./transcript.ts";
import type { Transport } from "./transport.ts";

const SIZES_ITSELF = CSS.supports("field-sizing", "content");

export class TurnEditor {
  turn = -1;
  private start = 0;
  private saving = false;
  private box: HTMLElement | null = null;
  private area: HTMLTextAreaElement | null = null;
  /** What others have made of the turn meanwhile. */
  private readonly others = h("div", { class: "aai-editor-others", role: "alert" });
  private before = "";

  constructor(
    private readonly state: State,
    private readonly transcript: Transcript,
    private readonly edits: Edits,
    private readonly transport: Transport,
    private readonly closed: () => void,
  ) {
    watch(state, ["columns"], () => this.columnsChanged());
  }

  get open(): boolean {
    return this.turn >= 0;
  }

  private textOf(turn: number): string {
    return turnText(this.state.columns, turn);
  }

  /** Another page, or code, has changed the transcript: what somebody is typing stays, and they see the other text. */
  private columnsChanged(): void {
    const { area } = this;
    if (!this.open || !area || this.saving) return;
    const turn = this.find();
    const now = this.textOf(turn);
    if (turn !== this.turn) this.move(turn);
    if (now === this.before) return;
    const typed = area.value !== this.before;
    this.before = now;
    if (!typed) area.value = now;
    else if (area.value.trim() === now.trim()) this.others.replaceChildren();
    else this.tellOthers(now);
    this.grow();
  }

  /** The turn that is edited, among those there are now: it begins where it began, or holds that time. */
  private find(): number {
    const { columns: c } = this.state;
    if (c.turnStart[this.turn] === this.start && this.textOf(this.turn) === this.before) return this.turn;
    let found = c.turnStart.indexOf(this.start);
    for (let turn = 0; found < 0 && turn < c.turns; turn++) if (c.turnEnd[turn] > this.start) found = turn;
    return found < 0 ? c.turns - 1 : found;
  }

  private move(turn: number): void {
    this.turn = turn;
    const blocks = this.transcript.blocksOfTurn(turn);
    this.unmark();
    for (const block of blocks) block.element.classList.add("aai-edited");
    const typing = this.area?.matches(":focus");
    if (this.box) blocks[0]?.element.append(this.box);
    if (typing) this.area?.focus({ preventScroll: true }); // which a move takes away
    this.box?.querySelector(".aai-editor-tools")?.replaceWith(this.tools(turn));
  }

  private tellOthers(text: string): void {
    const take = textButton("Take that text", () => {
      this.area!.value = text;
      this.others.replaceChildren();
      this.grow();
    });
    const said = "This turn was changed meanwhile, elsewhere. It is now:";
    this.others.replaceChildren(
      h("div", { text: `${said} “${visible(text)}”`, dir: "auto" }),
      h("div", { text: "To save replaces that by yours; undo brings it back." }),
      take,
    );
  }

  /** What was typed in another turn is saved first; while that fails, it stays open. */
  async edit(turn: number): Promise<void> {
    if (turn === this.turn || turn < 0 || turn >= this.state.columns.turns || !this.edits.allowed) return;
    const start = this.state.columns.turnStart[turn];
    if (!(await this.leave())) return;
    const { columns: c } = this.state;
    if (c.turnStart[turn] !== start) turn = c.turnStart.indexOf(start); // the other one was emptied, and is gone
    if (turn < 0) return;
    const blocks = this.transcript.blocksOfTurn(turn);
    if (!blocks.length) return;
    if (this.transport.playing) this.transport.toggle(false);
    this.turn = turn;
    this.start = c.turnStart[turn];
    this.before = this.textOf(turn);
    this.area = h("textarea", {
      class: "aai-area",
      "aria-label": `Text of the turn of ${this.state.name(c.speaker[turn]) || "this speaker"}`,
      spellcheck: "true",
      dir: "auto",
      rows: "1",
    });
    this.area.value = this.before;
    this.area.addEventListener("input", () => this.grow());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.others.replaceChildren();
    this.box = h("div", { class: "aai-editor" }, this.area, this.others, this.tools(turn));
    for (const block of blocks) block.element.classList.add("aai-edited");
    blocks[0].element.append(this.box);
    this.grow();
    this.area.focus({ preventScroll: false });
  }

  /** True when the kernel has the text and the turn is closed. */
  async leave(): Promise<boolean> {
    if (!this.open) return true;
    if (!(await this.store())) return false;
    this.close();
    return true;
  }

  private async store(): Promise<boolean> {
    const { turn, area, before } = this;
    if (!area || area.readOnly) return false;
    const text = area.value.replace(/\s+/g, " ").trim();
    if (text === before.trim()) return true;
    area.readOnly = true; // a disabled field would lose the keyboard to the notebook
    this.saving = true;
    const made = await this.edits.apply("set_turn_text", { turn, text }, { turn: before });
    this.saving = false;
    if (made) return true;
    area.readOnly = false; // what was typed stays
    this.columnsChanged(); // perhaps that is why
    return false;
  }

  close(): void {
    if (!this.open) return;
    this.remove();
    this.closed();
  }

  private remove(): void {
    this.box?.remove();
    this.box = this.area = null;
    this.turn = -1;
    this.unmark();
  }

  private unmark(): void {
    for (const element of this.transcript.sheet.querySelectorAll(".aai-edited")) element.classList.remove("aai-edited");
  }

  private grow(): void {
    if (SIZES_ITSELF) return; // measuring would lay the text out twice for every key
    this.area!.style.height = "auto";
    this.area!.style.height = `${Math.min(420, this.area!.scrollHeight + 2)}px`;
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void this.leave();
    } else if (event.key === " " && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.hear();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    }
  }

  private async run(op: string, args: Record<string, unknown>): Promise<void> {
    const { turn } = this;
    if (!(await this.store())) return;
    this.saving = true;
    const made = await this.edits.apply(op, args, {});
    this.saving = false;
    if (made && this.turn === turn) this.close();
    else if (this.area) this.area.readOnly = false;
  }

  /** The turn from its start, or silence. */
  private hear(): void {
    const { columns: c } = this.state;
    if (this.transport.playing) this.transport.toggle(false);
    else if (this.open) this.transport.playRanges([[c.turnStart[this.turn], c.turnEnd[this.turn]]]);
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
      else void this.run("split_speaker", { turns: [turn] });
    });
    const split = h("button", {
      type: "button",
      class: "aai-text-button",
      text: "Split here",
      title: "Split the turn at the text cursor",
      on: { click: () => this.split() },
    });
    const merge = h("button", {
      type: "button",
      class: "aai-text-button",
      text: "Join next",
      title: "Join with the following turn",
      on: { click: () => void this.run("merge_turns", { turn }) },
    });
    merge.disabled = turn + 1 >= c.turns;
    const cancel = h("button", {
      type: "button",
      class: "aai-text-button",
      text: "Cancel",
      title: "Cancel (Esc)",
      on: { click: () => this.close() },
    });
    const save = button("check", "Save (Ctrl+Enter)", () => void this.leave(), "Save");
    save.classList.add("aai-primary");
    const hear = button("play", "Hear the turn, or stop (Ctrl+Space)", () => this.hear());
    return h(
      "div",
      { class: "aai-editor-tools" },
      hear,
      who,
      split,
      merge,
      h("span", { class: "aai-spring" }),
      cancel,
      save,
    );
  }

  /** The cursor's word opens the second turn. */
  private split(): void {
    const { turn, area, state } = this;
    if (!area || turn < 0) return;
    const first = state.columns.first[turn];
    let word = wordAtOffset(state.columns, state.columns.offset[first] + area.selectionStart);
    if (area.value !== this.before) {
      // Saving it makes a word of what stands between two spaces.
      const ahead = area.value.slice(0, area.selectionStart);
      const words = (text: string) => text.match(/\S+/g)?.length ?? 0;
      word = first + Math.min(words(ahead) - (/\S$/.test(ahead) ? 1 : 0), words(area.value) - 1);
    }
    if (word > first) void this.run("split_turn", { turn, word });
    else this.edits.notice("Put the text cursor where the second turn begins.");
  }
}
