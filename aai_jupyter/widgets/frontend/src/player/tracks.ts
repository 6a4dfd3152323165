// Tracks of a conversation: one button for each speaker, who is heard or not.
import { turnOfWord } from "../data/columns.ts";
import { label } from "../data/safe.ts";
import { h, press } from "../ui/dom.ts";
import { react } from "../ui/reactive.ts";
import { type State, tint } from "./state.ts";
import type { Transport } from "./transport.ts";

export class Tracks {
  readonly element = h("div", { class: "aai-bar aai-tracks", role: "group", "aria-label": "Tracks", hidden: true });
  private made = "";

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly notice: (text: string) => void,
  ) {
    react(state.signal, () => this.update());
  }

  /** Mutes one, or hears him again. */
  toggle(track: number): void {
    const muted = new Set(this.transport.muted);
    if (!muted.delete(track)) muted.add(track);
    this.mute(muted);
  }

  /** Hears one alone; once more: all. */
  only(track: number): void {
    const others = this.labels().map((_, other) => other);
    others.splice(track, 1);
    const alone = others.every((other) => this.transport.muted.has(other)) && !this.transport.muted.has(track);
    this.mute(new Set(alone ? [] : others));
  }

  /** The track of whoever speaks where the player stands; -1 without one. */
  current(): number {
    const { columns, word, speakers } = this.state;
    if (word < 0) return -1;
    const speaker = speakers[columns.speaker[turnOfWord(columns, word)]];
    return speaker ? this.labels().indexOf(speaker.label) : -1;
  }

  private labels(): string[] {
    return this.state.meta.tracks ?? [];
  }

  /** Which of the speakers it is; -1 once he was merged into another. */
  private speaker(track: number): number {
    return this.state.speakers.findIndex((one) => one.label === this.labels()[track]);
  }

  private name(track: number): string {
    const speaker = this.speaker(track);
    return label(speaker < 0 ? this.labels()[track] : this.state.name(speaker), 60);
  }

  private mute(muted: Set<number>): void {
    this.transport.setMuted(muted);
    const heard = this.labels().flatMap((_, track) => (muted.has(track) ? [] : [this.name(track)]));
    this.notice(muted.size ? `Heard: ${heard.join(", ") || "nobody"}.` : "All tracks are heard.");
  }

  private update(): void {
    const labels = this.labels();
    this.element.hidden = !labels.length;
    const wanted = JSON.stringify(labels.map((_, track) => this.name(track)));
    if (wanted !== this.made) {
      this.made = wanted;
      this.element.replaceChildren(...labels.map((_, track) => this.button(track)));
    }
    [...this.element.children].forEach((one, track) => press(one as HTMLElement, this.transport.muted.has(track)));
  }

  private button(track: number): HTMLElement {
    const name = this.name(track);
    return h(
      "button",
      {
        type: "button",
        class: `aai-button aai-labelled aai-track ${tint(this.speaker(track))}`,
        title: `Mute ${name} (U where they speak; Shift: hear only them)`,
        "aria-label": `Mute ${name}`,
        on: { click: (event: MouseEvent) => (event.shiftKey ? this.only(track) : this.toggle(track)) },
      },
      h("span", { text: name }),
    );
  }
}
