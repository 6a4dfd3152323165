// One row of the table. Its elements stay while what they say changes: a button that was replaced between the press
// and the release of a pointer would never be clicked, and recordings in work change several times a second.
import { label } from "../data/safe.ts";
import { clock } from "../data/time.ts";
import { button } from "../ui/button.ts";
import { h } from "../ui/dom.ts";
import { ended, SIGNS, WORDS } from "./stages.ts";

export interface RowFacts {
  name: string;
  seconds: number | null;
  stage: string;
  detail: string;
  share: number | null;
}

export interface RowActs {
  cancel(place: number): void;
  retry(place: number): void;
}

/** Where a row stands. */
export interface RowPlace {
  id: string;
  /** Its number among those shown. */
  number: number;
  height: number;
  current: boolean;
}

function cell(name: string, ...children: HTMLElement[]): HTMLElement {
  return h("span", { class: `aai-dash-${name}`, role: "gridcell" }, ...children);
}

export class Row {
  readonly element: HTMLElement;
  private readonly name = cell("name");
  private readonly length = cell("length");
  private readonly sign = h("span", { class: "aai-dash-sign", "aria-hidden": "true" });
  private readonly word = h("span", {});
  private readonly fill = h("i", {});
  private readonly bar = h("span", { class: "aai-dash-bar", "aria-hidden": "true" }, this.fill);
  private readonly text = h("span", {});
  private readonly detail = cell("detail", this.bar, this.text);
  private readonly act = cell("act");
  private number = 0;
  private action = "";

  constructor(
    private readonly place: number,
    private readonly acts: RowActs | null,
    select: (number: number) => void,
  ) {
    this.element = h(
      "div",
      { class: "aai-dash-row", role: "row", on: { pointerdown: () => select(this.number) } },
      this.name,
      this.length,
      cell("state", this.sign, this.word),
      this.detail,
      this.act,
    );
  }

  show({ name, seconds, stage, detail, share }: RowFacts, { id, number, height, current }: RowPlace): void {
    const { element } = this;
    this.number = number;
    element.id = id;
    element.dataset.stage = stage;
    element.setAttribute("aria-rowindex", String(number + 1));
    element.setAttribute("aria-selected", String(current));
    element.style.top = `${number * height}px`;
    element.style.height = `${height}px`;
    const shown = label(name, 300);
    this.name.textContent = this.name.title = shown;
    this.length.textContent = seconds === null ? "" : clock(1000 * seconds);
    this.sign.textContent = SIGNS[stage] ?? "…";
    this.word.textContent = WORDS[stage] ?? stage;
    this.bar.hidden = share === null;
    this.fill.style.width = `${Math.round(100 * Math.min(1, Math.max(0, share ?? 0)))}%`;
    this.text.textContent = label(detail, 300);
    this.detail.title = label(detail, 400);
    this.offer(stage, shown);
  }

  private offer(stage: string, name: string): void {
    const action = !this.acts ? "" : stage === "e" ? "retry" : ended(stage) ? "" : "cancel";
    if (action === this.action) return;
    this.action = action;
    if (!action) return this.act.replaceChildren();
    const again = action === "retry";
    const run = () => (again ? this.acts?.retry(this.place) : this.acts?.cancel(this.place));
    const out = button(again ? "redo" : "close", again ? `Try ${name} again` : `Cancel ${name}`, run);
    out.tabIndex = -1; // by keyboard: Enter and Delete on the row
    this.act.replaceChildren(out);
  }
}
