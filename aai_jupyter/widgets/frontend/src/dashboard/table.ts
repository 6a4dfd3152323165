// The table of a batch: any number of rows, of which those in sight are drawn.
import { label } from "../data/safe.ts";
import { clock } from "../data/time.ts";
import { button } from "../ui/button.ts";
import { focused, h, onResize, perFrame } from "../ui/dom.ts";
import { ended, SIGNS, WORDS, windowOf } from "./stages.ts";

const ROW = 28;
const TALL_ROW = 46;
const NARROW = 560;

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

export class Table {
  readonly element: HTMLElement;
  private readonly sheet = h("div", { class: "aai-dash-sheet", role: "presentation" });
  private readonly draw: () => void;
  private places: number[] = [];
  private current = 0;
  private row = ROW;

  constructor(
    signal: AbortSignal,
    private readonly facts: (place: number) => RowFacts,
    private readonly acts: RowActs | null,
  ) {
    this.element = h(
      "div",
      { class: "aai-dash-table", role: "grid", tabindex: "0", "aria-label": "Recordings" },
      this.sheet,
    );
    this.draw = perFrame(signal, () => this.drawNow());
    this.element.addEventListener("scroll", this.draw, { passive: true, signal });
    this.element.addEventListener("keydown", (event) => this.key(event), { signal });
    onResize(signal, [this.element], () => {
      const width = this.element.clientWidth;
      this.row = width > 0 && width < NARROW ? TALL_ROW : ROW;
      this.element.classList.toggle("aai-dash-narrow", this.row === TALL_ROW);
      this.draw();
    });
  }

  show(places: number[]): void {
    const before = this.places[this.current];
    this.places = places;
    const kept = before === undefined ? -1 : places.indexOf(before);
    this.current = Math.min(kept >= 0 ? kept : this.current, Math.max(0, places.length - 1));
    this.element.setAttribute("aria-rowcount", String(places.length));
    this.draw();
  }

  private drawNow(): void {
    const { element, sheet, places, row } = this;
    sheet.style.height = `${places.length * row}px`;
    element.style.height = `${Math.min(places.length * row, 11.5 * ROW) + 2}px`;
    const [first, end] = windowOf(element.scrollTop, element.clientHeight, row, places.length);
    const within = element.contains(focused(element)) && focused(element) !== element;
    const rows: HTMLElement[] = [];
    for (let number = first; number < end; number++) rows.push(this.rowOf(number));
    sheet.replaceChildren(...rows);
    if (!places.length) sheet.append(h("div", { class: "aai-dash-none", text: "None of them." }));
    const here = this.current >= first && this.current < end;
    if (here) element.setAttribute("aria-activedescendant", this.idOf(this.current));
    else element.removeAttribute("aria-activedescendant");
    if (within) element.focus({ preventScroll: true });
  }

  private readonly prefix = `aai-dash-${Math.random().toString(36).slice(2)}`;

  private idOf(number: number): string {
    return `${this.prefix}-${this.places[number]}`;
  }

  private rowOf(number: number): HTMLElement {
    const place = this.places[number];
    const { name, seconds, stage, detail, share } = this.facts(place);
    const text = label(name, 300);
    const sign = SIGNS[stage] ?? "…";
    const fill = h("i", {});
    if (share !== null) fill.style.width = `${Math.round(100 * Math.min(1, Math.max(0, share)))}%`;
    const bar = share === null ? null : h("span", { class: "aai-dash-bar", "aria-hidden": "true" }, fill);
    const state = h(
      "span",
      { class: "aai-dash-state", role: "gridcell" },
      h("span", { class: "aai-dash-sign", "aria-hidden": "true", text: sign }),
      WORDS[stage] ?? stage,
    );
    const out = h(
      "div",
      {
        class: "aai-dash-row",
        role: "row",
        id: this.idOf(number),
        "aria-rowindex": String(number + 1),
        "aria-selected": String(number === this.current),
        "data-stage": stage,
        on: { pointerdown: () => this.select(number) },
      },
      h("span", { class: "aai-dash-name", role: "gridcell", title: text, text }),
      h("span", { class: "aai-dash-length", role: "gridcell", text: seconds === null ? "" : clock(1000 * seconds) }),
      state,
      h(
        "span",
        { class: "aai-dash-detail", role: "gridcell", title: label(detail, 400) },
        bar,
        h("span", { text: label(detail, 300) }),
      ),
      h("span", { class: "aai-dash-act", role: "gridcell" }, this.buttonOf(place, stage, text)),
    );
    out.style.top = `${number * this.row}px`;
    out.style.height = `${this.row}px`;
    return out;
  }

  private buttonOf(place: number, stage: string, name: string): HTMLElement | null {
    if (!this.acts) return null;
    const again = stage === "e";
    if (!again && ended(stage)) return null;
    const act = () => (again ? this.acts?.retry(place) : this.acts?.cancel(place));
    const out = button(again ? "redo" : "close", again ? `Try ${name} again` : `Cancel ${name}`, act);
    out.tabIndex = -1; // by keyboard: Enter and Delete on the row
    return out;
  }

  private select(number: number): void {
    this.current = Math.max(0, Math.min(this.places.length - 1, number));
    const { element, row, current } = this;
    if (current * row < element.scrollTop) element.scrollTop = current * row;
    const below = (current + 1) * row - element.clientHeight;
    if (below > element.scrollTop) element.scrollTop = below;
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.row) - 1);
    const moves: Record<string, number> = {
      ArrowDown: this.current + 1,
      ArrowUp: this.current - 1,
      PageDown: this.current + page,
      PageUp: this.current - page,
      Home: 0,
      End: this.places.length - 1,
    };
    const place = this.places[this.current];
    if (event.key in moves) this.select(moves[event.key]);
    else if (place === undefined || !this.acts) return;
    else if (event.key === "Enter" && this.facts(place).stage === "e") this.acts.retry(place);
    else if (event.key === "Delete" && !ended(this.facts(place).stage)) this.acts.cancel(place);
    else return;
    event.preventDefault();
  }
}
