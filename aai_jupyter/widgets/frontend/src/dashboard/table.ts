// The table of a batch: any number of rows, of which those in sight are drawn.
import { arrange, focused, h, onResize, perFrame } from "../ui/dom.ts";
import { Row, type RowActs, type RowFacts } from "./row.ts";
import { ended, windowOf } from "./stages.ts";

const ROW = 28;
const TALL_ROW = 46;
const NARROW = 560;

export class Table {
  readonly element: HTMLElement;
  private readonly sheet = h("div", { class: "aai-dash-sheet", role: "presentation" });
  private readonly draw: () => void;
  private readonly none = h("div", { class: "aai-dash-none", text: "None of them." });
  private rows = new Map<number, Row>();
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
    const rows = new Map<number, Row>();
    for (let number = first; number < end; number++) {
      const place = places[number];
      const one = this.rows.get(place) ?? new Row(place, this.acts, (at) => this.select(at));
      one.show(this.facts(place), { id: this.idOf(number), number, height: row, current: number === this.current });
      rows.set(place, one);
    }
    this.rows = rows;
    arrange(sheet, places.length ? [...rows.values()].map((one) => one.element) : [this.none]);
    const here = this.current >= first && this.current < end;
    if (here) element.setAttribute("aria-activedescendant", this.idOf(this.current));
    else element.removeAttribute("aria-activedescendant");
    if (within) element.focus({ preventScroll: true });
  }

  private readonly prefix = `aai-dash-${Math.random().toString(36).slice(2)}`;

  private idOf(number: number): string {
    return `${this.prefix}-${this.places[number]}`;
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
