// The log of turns: final ones in a live region that screen readers announce, partial ones below it.

import { label, visible } from "../data/safe.ts";
import { clock } from "../data/time.ts";
import { h, onResize } from "../ui/dom.ts";

/** A turn as the kernel sends it; `key` stays the same while it is spoken and corrected. */
export interface Turn {
  key: string;
  /** Place among all turns: start of the first word in ms. */
  at: number;
  text: string;
  final: boolean;
  speaker: string | null;
  /** What a language model said about it. */
  answer?: string | null;
}

/** What a speaker is called: a label of the service is no name. */
export function nameOf(speaker: string): string {
  return /^([A-Z]{1,2}|\d[A-Z]{0,2}|UNKNOWN)$/.test(speaker) ? `Speaker ${speaker}` : speaker;
}

/** Two letters: of the first two words, so that speakers of one side differ, or of the only one. */
export function initials(name: string): string {
  const words = name.split(" ").filter(Boolean);
  return words.length > 1
    ? words
        .slice(0, 2)
        .map((word) => [...word][0])
        .join("")
    : [...name].slice(0, 2).join("");
}

/** Where a turn belongs among the finished ones, which are in order of time. */
export function placeOf(at: number, times: readonly number[]): number {
  let place = times.length;
  while (place > 0 && times[place - 1] > at) place--;
  return place;
}

interface Row {
  element: HTMLElement;
  turn: Turn;
}

export class TurnLog {
  readonly log = h("div", { class: "aai-log", role: "log", "aria-live": "polite", "aria-label": "Finished captions" });
  readonly speaking = h("div", { class: "aai-speaking", "aria-live": "off", "aria-label": "Being spoken" });
  readonly empty = h("p", { class: "aai-cap-empty" });
  readonly newest = h("button", {
    type: "button",
    class: "aai-text-button aai-cap-newest",
    hidden: true,
    text: "Newest",
    on: { click: () => this.toEnd() },
  });
  readonly element: HTMLElement;
  private readonly scroller: HTMLElement;
  private readonly rows = new Map<string, Row>();
  private readonly finals: Row[] = [];
  private readonly colours = new Map<string, number>();
  private follows = true;
  private top = 0;

  constructor(signal: AbortSignal) {
    const sheet = h("div", { class: "aai-sheet aai-plain" }, this.empty, this.log, this.speaking);
    this.scroller = h(
      "div",
      {
        class: "aai-cap-scroll",
        tabindex: "0",
        role: "region",
        "aria-label": "Captions",
        on: { scroll: () => this.scrolled() },
      },
      sheet,
    );
    // Lines get their true height only when they come near: the end moves after it has been scrolled to.
    onResize(signal, [sheet, this.scroller], () => this.follows && this.toEnd());
    this.element = h("div", { class: "aai-body" }, this.scroller, this.newest);
  }

  apply(turns: readonly Turn[], removed: readonly string[] = []): void {
    for (const key of removed) this.remove(key);
    let corrected = false;
    for (const turn of turns) corrected = this.put(turn) || corrected;
    this.opens(corrected);
    this.empty.hidden = this.rows.size > 0;
    if (this.follows) this.toEnd();
    else if (turns.length) this.newest.hidden = false;
  }

  /** Everything anew, as after the page has been opened again. */
  reset(turns: readonly Turn[]): void {
    for (const key of [...this.rows.keys()]) this.remove(key);
    this.apply(turns);
  }

  toEnd(): void {
    this.follows = true;
    this.newest.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** True when a finished turn was corrected, such as its speaker. */
  private put(turn: Turn): boolean {
    const known = this.rows.get(turn.key);
    if (known && known.turn.final === turn.final) {
      this.fill(known.element, turn);
      known.turn = turn;
      return turn.final;
    }
    if (known) this.remove(turn.key); // a turn becomes final as a new line, which is what gets announced
    const element = h(
      "div",
      { class: "aai-turn" },
      h("span", { class: "aai-who" }),
      h("time", { class: "aai-at" }),
      h("p", { class: "aai-text" }),
      h("p", { class: "aai-cap-answer" }),
    );
    this.fill(element, turn);
    const row = { element, turn };
    this.rows.set(turn.key, row);
    if (turn.final) {
      const place = placeOf(
        turn.at,
        this.finals.map((one) => one.turn.at),
      );
      this.log.insertBefore(element, this.finals[place]?.element ?? null);
      this.finals.splice(place, 0, row);
    } else {
      element.classList.add("aai-partial");
      this.speaking.append(element);
    }
    return false;
  }

  private fill(element: HTMLElement, turn: Turn): void {
    const [who, at, text, answer] = element.children as unknown as [
      HTMLElement,
      HTMLTimeElement,
      HTMLElement,
      HTMLElement,
    ];
    const words = visible(turn.text);
    if (text.textContent !== words) text.textContent = words;
    const told = visible(turn.answer ?? "");
    if (answer.textContent !== told) answer.textContent = told;
    answer.hidden = !told;
    at.textContent = clock(turn.at);
    const name = turn.speaker === null ? "" : label(turn.speaker, 40);
    if (who.dataset.name !== name || !who.childElementCount) {
      who.dataset.name = name;
      who.replaceChildren(
        ...(name
          ? [
              h("span", { class: "aai-chip", text: initials(name), title: nameOf(name) }),
              h("span", { class: "aai-name", text: nameOf(name), title: nameOf(name) }),
            ]
          : []),
      );
    }
    for (const old of [...element.classList].filter((one) => one.startsWith("aai-s"))) element.classList.remove(old);
    element.classList.add(name ? `aai-s${this.colour(name)}` : "aai-s-none");
  }

  private colour(name: string): number {
    if (!this.colours.has(name)) this.colours.set(name, this.colours.size % 8);
    return this.colours.get(name) as number;
  }

  /** A speaker's name stands at the first of his turns in a row. */
  private opens(all: boolean): void {
    let before: string | null | undefined;
    const last = all || this.finals.length < 100 ? this.finals : this.finals.slice(-20);
    if (this.finals.length > last.length) before = this.finals[this.finals.length - last.length - 1].turn.speaker;
    const spoken = [...this.rows.values()].filter((row) => !row.turn.final);
    for (const { element, turn } of [...last, ...spoken]) {
      const unknown = !turn.final && turn.speaker === null; // told when the turn is finished
      element.classList.toggle("aai-opens", !unknown && turn.speaker !== before);
      if (!unknown) before = turn.speaker;
    }
    const speakers = this.finals.some((row) => row.turn.speaker !== null);
    this.log.parentElement?.classList.toggle("aai-plain", !speakers);
  }

  private remove(key: string): void {
    const row = this.rows.get(key);
    if (!row) return;
    row.element.remove();
    this.rows.delete(key);
    const place = this.finals.indexOf(row);
    if (place >= 0) this.finals.splice(place, 1);
  }

  private scrolled(): void {
    const rest = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
    if (rest < 24) this.follows = true;
    else if (this.scroller.scrollTop < this.top - 2) this.follows = false; // up: somebody reads
    this.top = this.scroller.scrollTop;
    if (this.follows) this.newest.hidden = true;
  }
}
