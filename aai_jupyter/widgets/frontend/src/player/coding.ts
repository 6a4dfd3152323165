// Coding: the codebook with keys 1 to 9, and a walk through the coded passages with their memos.

import { lastNotAbove, spanText } from "../data/columns.ts";
import { label, visible } from "../data/safe.ts";
import { clock, grouped } from "../data/time.ts";
import { button, textButton } from "../ui/button.ts";
import { focused, h, press, renew } from "../ui/dom.ts";
import { watch } from "../ui/reactive.ts";
import { type Passage, safe } from "./codes.ts";
import type { Edits } from "./edits.ts";
import type { State } from "./state.ts";
import type { Transport } from "./transport.ts";

const QUOTED = 24; // words of a passage that are shown
const KEYS = 9;

export class Coding {
  readonly element = h("div", {
    class: "aai-coding",
    role: "group",
    "aria-label": "Codes",
    tabindex: "-1",
    hidden: true,
  });
  /** The passage that is looked at, by its id. */
  private current = "";
  /** What was just given a code: its passage becomes the current one when the kernel has sent it. */
  private made: { start: number; end: number; code: string } | null = null;
  private busy = false;

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly edits: Edits,
    private readonly show: (word: number) => void,
    private readonly closed: () => void,
  ) {
    this.element.addEventListener("keydown", (event) => this.key(event), { signal: state.signal });
    watch(state, ["passages"], () => this.findMade());
    watch(state, ["passages", "codebook", "onlyCode", "columns"], () => this.open && this.draw());
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  toggle(open = !this.open): void {
    this.element.hidden = !open;
    if (open) this.draw();
    else this.closed();
    this.state.codingOpen = open;
  }

  /** Gives the selection the code with this place in the codebook. */
  async give(place: number): Promise<void> {
    const code = this.state.codebook[place];
    if (!code) {
      this.edits.notice(
        this.state.codebook.length
          ? `There is no code ${place + 1}.`
          : "There are no codes yet: press C and type one, or set t.codebook.",
      );
      if (!this.open) this.toggle(true);
      return;
    }
    await this.code(code.name);
  }

  /** Selects and shows the next or previous passage that the filter leaves. */
  walk(step: 1 | -1): void {
    const passages = this.state.coded;
    if (!passages.length) return this.edits.notice("There are no coded passages.");
    if (!this.open) this.toggle(true);
    const at = passages.findIndex(({ id }) => id === this.current);
    const { ms } = this.state;
    const next =
      at >= 0
        ? (at + step + passages.length) % passages.length
        : step > 0
          ? Math.max(
              0,
              passages.findIndex(({ start }) => start >= ms),
            )
          : passages.findLastIndex(({ start }) => start < ms);
    this.look(passages[next < 0 ? passages.length - 1 : next]);
  }

  private async code(name: string): Promise<void> {
    const time = this.state.selectedTime();
    if (!time) return this.edits.notice("Select words first: drag over them, or double-click one.");
    if (this.busy) return;
    this.busy = true;
    const [start, end] = time.map(Math.round);
    this.made = { start, end, code: name };
    const done = await this.edits.apply("add_codes", { rows: [{ start, end, code: name }] });
    this.busy = false;
    if (!done) this.made = null;
    if (done && !this.open) this.toggle(true);
  }

  private findMade(): void {
    const { made } = this;
    const found =
      made &&
      this.state.passages.find((one) => one.value === made.code && one.start === made.start && one.end === made.end);
    if (!found) return;
    this.made = null;
    this.current = found.id;
  }

  private look(passage: Passage): void {
    this.current = passage.id;
    const words = this.words(passage);
    if (words) {
      this.state.select({ kind: "words", first: words[0], last: words[1] });
      this.show(words[0]);
    } else this.state.select({ kind: "time", start: passage.start, end: passage.end });
    this.draw();
  }

  /** The words whose middle is inside a passage. */
  private words({ start, end }: Passage): [number, number] | null {
    const { columns: c } = this.state;
    const inside = (w: number) => {
      const middle = (c.start[w] + c.end[w]) / 2;
      return middle >= start && middle <= end;
    };
    let first = -1;
    let last = -1;
    for (let w = Math.max(0, lastNotAbove(c.start, start, c.words) - 50); w < c.words; w++) {
      if (first >= 0 && c.start[w] > end) break;
      if (!inside(w)) continue;
      if (first < 0) first = w;
      last = w;
    }
    return first < 0 ? null : [first, last];
  }

  private key(event: KeyboardEvent): void {
    const field = event.target instanceof HTMLInputElement ? event.target : null;
    if (event.key === "Escape") {
      event.stopPropagation();
      if (!field) return this.toggle(false);
      field.value = field.defaultValue;
      this.element.focus({ preventScroll: true });
    } else if (field) {
      event.stopPropagation();
      if (event.key === "Enter") {
        field.blur();
        this.element.focus({ preventScroll: true });
      }
    }
  }

  private draw(): void {
    // What is being typed is not taken away.
    const at = focused(this.element);
    if (at instanceof HTMLInputElement && at.value !== at.defaultValue) return;
    renew(this.element, this.chips(), this.passage());
  }

  private chips(): HTMLElement {
    const { state } = this;
    const counts = new Map<string, number>();
    for (const { value } of state.passages) counts.set(value, (counts.get(value) ?? 0) + 1);
    const chips = state.codebook.map((code, place) => {
      const key = place < KEYS ? String(place + 1) : "";
      const chip = h(
        "button",
        {
          type: "button",
          class: "aai-code",
          title: [label(code.definition, 300), key && `Codes the selection (${key})`].filter(Boolean).join("\n"),
          on: { click: () => void this.code(code.name) },
        },
        key ? h("kbd", { text: key }) : null,
        h("span", { class: "aai-code-name", text: label(code.name, 60) }),
        h("span", { class: "aai-share", text: grouped(counts.get(code.name) ?? 0) }),
      );
      chip.style.setProperty("--aai-code", safe(code.colour));
      return chip;
    });
    const filter = h(
      "select",
      { "aria-label": "Show the passages of", title: "Show the passages of one code" },
      h("option", { value: "", text: `All codes · ${grouped(state.passages.length)}` }),
      ...state.codebook.map(({ name }) => h("option", { value: name, text: label(name, 60) })),
    );
    filter.value = state.onlyCode;
    filter.addEventListener("change", () => state.filterCode(filter.value));
    const fresh = h("input", { type: "text", placeholder: "New code", "aria-label": "New code", maxlength: "200" });
    fresh.addEventListener("change", () => {
      const name = fresh.value.trim();
      fresh.value = "";
      if (name) void this.add(name);
    });
    return h(
      "div",
      { class: "aai-coding-row" },
      ...chips,
      fresh,
      h("span", { class: "aai-spring" }),
      filter,
      button("close", "Close the codes (C)", () => this.toggle(false)),
    );
  }

  /** A new code: in the codebook, and of the selection where there is one. */
  private async add(name: string): Promise<void> {
    const { codebook } = this.state;
    if (!codebook.some((code) => code.name === name))
      await this.edits.apply("set_codebook", { codes: [...codebook, { name }] });
    if (this.state.selectedTime()) await this.code(name);
  }

  private passage(): HTMLElement {
    const passages = this.state.coded;
    const at = passages.findIndex(({ id }) => id === this.current);
    const walk = [
      button("up", "Previous coded passage (,)", () => this.walk(-1)),
      button("down", "Next coded passage (.)", () => this.walk(1)),
    ];
    for (const one of walk) one.disabled = !passages.length;
    if (at < 0) {
      const hint = passages.length ? "" : "Select words, then press 1 to 9 or a code.";
      return h(
        "div",
        { class: "aai-coding-row" },
        ...walk,
        h("span", { class: "aai-review-facts", text: hint || `${grouped(passages.length)} coded passages` }),
      );
    }
    const one = passages[at];
    const words = this.words(one);
    const quote = words ? visible(spanText(this.state.columns, words[0], Math.min(words[1], words[0] + QUOTED))) : "";
    const memo = h("input", {
      type: "text",
      class: "aai-memo",
      value: one.text,
      placeholder: "Memo",
      "aria-label": `Memo of ${label(one.value, 60)}`,
      maxlength: "10000",
      dir: "auto",
    });
    memo.addEventListener("change", () => {
      if (memo.value !== one.text) void this.edits.apply("change_code", { code_id: one.id, memo: memo.value });
      memo.defaultValue = memo.value;
    });
    const name = h("span", { class: "aai-code-now", text: label(one.value, 60) });
    name.style.setProperty("--aai-code", one.colour);
    const remove = textButton("Remove", () => void this.edits.apply("remove_codes", { code_ids: [one.id] }), {
      title: "Take the code away; Ctrl + Z brings it back",
    });
    const only = textButton("Only these", () => this.state.filterCode(this.state.onlyCode ? "" : one.value), {
      title: "Show the passages of this code alone",
    });
    press(only, !!this.state.onlyCode);
    return h(
      "div",
      { class: "aai-coding-row" },
      ...walk,
      h("span", {
        class: "aai-review-facts",
        role: "status",
        text: `${grouped(at + 1)} of ${grouped(passages.length)} · ${clock(one.start)} · ${label(one.label, 40)}`,
      }),
      name,
      h("span", { class: "aai-context aai-quote", dir: "auto", text: quote }),
      button("play", "Play the passage", () => this.transport.playRanges([[one.start, one.end]])),
      memo,
      only,
      remove,
    );
  }
}
