// Follow mode: the playing word stays in view, until somebody scrolls away to read elsewhere; one key or button
// leads back.

import { h } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import { react, watch } from "../ui/reactive.ts";
import type { State } from "./state.ts";
import type { Transcript } from "./transcript.ts";
import type { Transport } from "./transport.ts";

const BY_HAND = 350; // ms after a hand's doing in which scrolling is that hand's
const KEYS = ["PageUp", "PageDown", "ArrowUp", "ArrowDown", "Home", "End"];

export class Follow {
  readonly back = h(
    "button",
    { class: "aai-text-button aai-back", type: "button", hidden: true, on: { click: () => this.comeBack() } },
    icon("follow"),
    h("span", { text: "Back to the playing word" }),
  );
  private word = -1;
  private hand = -Infinity;
  /** A hand has turned the wheel or pressed a key, and its scrolling is still to come: on a busy page it comes late. */
  private awaited = false;
  private dragging = false;

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly transcript: Transcript,
    private readonly busy: () => boolean,
  ) {
    const { element } = transcript;
    const { signal } = state;
    const touched = () => {
      this.hand = performance.now();
      this.awaited = true;
      transcript.stay();
    };
    for (const name of ["wheel", "touchmove"] as const)
      element.addEventListener(name, touched, { passive: true, signal });
    const keydown = (event: KeyboardEvent) => KEYS.includes(event.key) && event.target === element && touched();
    element.addEventListener("keydown", keydown, { signal });
    element.addEventListener("pointerdown", (event) => (this.dragging = event.target === element), { signal }); // its scroll bar
    element.addEventListener("pointermove", (event) => (this.dragging &&= event.buttons > 0), { signal });
    element.addEventListener("scroll", () => this.scrolled(), { passive: true, signal });
    watch(state, ["word"], () => this.follow());
    react(signal, () => {
      if (!transport.playing) this.back.hidden = true;
    });
  }

  get on(): boolean {
    return this.state.follow !== false;
  }

  /** Somebody reads elsewhere. */
  get away(): boolean {
    return !this.back.hidden;
  }

  toggle(): void {
    if (this.away) return this.comeBack();
    const { state } = this;
    state.follow = !this.on;
    state.page.set({ follow: state.follow });
  }

  /** Somebody was led elsewhere, to a hit: it stays in view until the playing word comes there, or one goes back. */
  lookAway(): void {
    if (this.on && this.transport.playing && !this.busy()) this.back.hidden = this.transcript.sees(this.state.word);
  }

  private comeBack(): void {
    this.back.hidden = true;
    this.hand = -Infinity;
    this.awaited = false;
    this.transcript.reveal(Math.max(0, this.state.word));
    this.transcript.element.focus({ preventScroll: true });
  }

  private scrolled(): void {
    if (!this.on || !this.transport.playing || this.busy()) return;
    const now = performance.now();
    if (!this.dragging && !this.awaited && now - this.hand >= BY_HAND) return;
    if (this.awaited) this.hand = now; // what follows of its glide is that hand's, too
    this.awaited = false;
    this.back.hidden = this.transcript.sees(this.state.word);
  }

  private follow(): void {
    if (this.state.word === this.word) return; // measuring the layout in every frame would cost frames
    this.word = this.state.word;
    if (!this.on || !this.transport.playing || this.busy()) return;
    if (this.away && !this.transcript.sees(this.word)) return;
    this.back.hidden = true;
    if (performance.now() - this.hand <= BY_HAND) return;
    this.awaited = false;
    this.transcript.reveal(this.word, true);
  }
}
