// The search field: text or pattern, one speaker or all, step through the hits.

import { type Hits, search, searchApart, stepHit } from "../data/search.ts";
import { grouped } from "../data/time.ts";
import { button } from "../ui/button.ts";
import { h, press } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import { watch } from "../ui/reactive.ts";
import type { State } from "./state.ts";

export class SearchBox {
  readonly element: HTMLElement;
  readonly input = h("input", {
    type: "search",
    class: "aai-search-text",
    placeholder: "Search",
    "aria-label": "Search the transcript",
    spellcheck: "false",
    autocomplete: "off",
  });
  private readonly regex = h("button", {
    type: "button",
    class: "aai-button aai-regex",
    title: "Regular expression",
    "aria-label": "Regular expression",
    text: ".*",
  });
  private readonly speaker = h("select", {
    class: "aai-search-who",
    title: "Whose words to search",
    "aria-label": "Whose words to search",
  });
  private readonly count = h("span", { class: "aai-count", role: "status" });
  private readonly steps: HTMLElement;
  private timer = 0;
  private pending: AbortController | null = null;

  constructor(
    private readonly state: State,
    private readonly show: (word: number) => void,
  ) {
    this.steps = h(
      "span",
      { class: "aai-steps", hidden: true },
      button("up", "Previous hit (Shift+Enter)", () => this.step(-1)),
      button("down", "Next hit (Enter)", () => this.step(1)),
    );
    this.element = h(
      "div",
      { class: "aai-search", role: "search" },
      icon("search"),
      this.input,
      this.count,
      this.steps,
      this.regex,
      this.speaker,
    );
    press(this.regex, false);
    const { signal } = state;
    const typed = () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.run(), 60);
    };
    const keydown = (event: KeyboardEvent) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      window.clearTimeout(this.timer);
      if (this.input.value !== this.state.query.text) this.run();
      else this.step(event.shiftKey ? -1 : 1);
    };
    const toggle = () => {
      press(this.regex, this.regex.getAttribute("aria-pressed") !== "true");
      this.run();
    };
    this.input.addEventListener("input", typed, { signal });
    this.input.addEventListener("keydown", keydown, { signal });
    this.regex.addEventListener("click", toggle, { signal });
    this.speaker.addEventListener("change", () => this.run(), { signal });
    watch(state, ["speakers"], () => this.fillSpeakers());
    watch(state, ["columns"], () => this.run(false));
  }

  run(jump = true): void {
    const { state } = this;
    const speaker = this.speaker.value === "" ? null : Number(this.speaker.value);
    state.query = { text: this.input.value, regex: this.regex.getAttribute("aria-pressed") === "true", speaker };
    this.pending?.abort();
    this.pending = null;
    if (!state.query.regex || !state.query.text.trim()) return this.take(search(state.columns, state.query), jump);
    const pending = new AbortController();
    this.pending = pending;
    this.count.textContent = "…";
    void searchApart(state.columns, state.query, pending.signal).then(
      (hits) => pending.signal.aborted || this.take(hits, jump),
    );
  }

  private take(hits: Hits, jump: boolean): void {
    const { state } = this;
    this.pending = null;
    const held = state.hit;
    state.hits = hits;
    state.hit = jump ? stepHit(hits, -1, 1, Math.max(0, state.word)) : Math.min(held, hits.length - 1);
    if (jump && state.hit >= 0) this.show(hits.word[state.hit]);
    this.tell();
  }

  step(direction: 1 | -1): void {
    const { state } = this;
    if (this.pending) return; // the old hits
    state.hit = stepHit(state.hits, state.hit, direction, Math.max(0, state.word));
    if (state.hit < 0) return;
    this.show(state.hits.word[state.hit]);
    this.tell();
  }

  /** Whether anything is searched for. */
  get asked(): boolean {
    return this.state.query.text.trim() !== "" || this.state.query.speaker !== null || this.input.value !== "";
  }

  clear(): void {
    this.input.value = "";
    this.speaker.value = "";
    this.run(false);
  }

  private tell(): void {
    const { hits, hit } = this.state;
    const { asked } = this;
    this.count.textContent = !asked ? "" : hits.length ? `${hit + 1} / ${grouped(hits.length)}` : hits.note || "none";
    this.count.title = hits.note;
    this.input.title = hits.note;
    this.input.setAttribute("aria-invalid", String(asked && !hits.length && hits.note !== ""));
    this.steps.hidden = hits.length === 0;
    this.element.classList.toggle("aai-active", asked);
  }

  private fillSpeakers(): void {
    const before = this.speaker.value;
    const options = this.state.speakers.map((_, i) => h("option", { value: String(i), text: this.state.name(i) }));
    this.speaker.replaceChildren(h("option", { value: "", text: "All" }), ...options);
    this.speaker.value = before;
    if (this.speaker.selectedIndex < 0) this.speaker.value = "";
    this.speaker.hidden = this.state.speakers.length < 2;
  }
}
