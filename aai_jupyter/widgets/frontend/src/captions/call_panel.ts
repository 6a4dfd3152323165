// What a recording of both sides of a call needs on the page: consent before it begins, and a sign while it goes on.
import type { Uplink } from "../audio/uplink.ts";
import { label } from "../data/safe.ts";
import type { Meta } from "../traits/captions.ts";
import { textButton } from "../ui/button.ts";
import { h } from "../ui/dom.ts";
import { consentText } from "./state.ts";

export class CallPanel {
  private readonly words = h("p", {});
  private readonly begin: HTMLButtonElement;
  readonly element: HTMLElement;
  /** Nothing is shared: the session waits for the user. */
  waits = true;
  private begun = false;

  constructor(
    private readonly uplink: Uplink,
    share: () => void,
  ) {
    this.begin = textButton("", share, { name: "microphone", primary: true });
    this.element = h("div", { class: "aai-cap-consent" }, this.words, this.begin);
  }

  draw(live: boolean, halted: boolean, meta: Meta): void {
    const on = this.uplink.state === "on";
    this.begun ||= on || halted;
    this.waits = live && !on;
    this.element.hidden = !this.waits;
    this.words.textContent = consentText(meta);
    const word = this.begin.querySelector("span");
    if (word) word.textContent = this.begun ? "Share the sound again" : "They know: share the sound and begin";
    this.begin.disabled = this.uplink.state === "opening";
  }
}

/** Seen, and read to those who do not see, as long as both sides are recorded. */
export class RecordingSign {
  readonly element = h("span", { class: "aai-cap-recording", role: "status", hidden: true });

  draw(recording: boolean, sides: readonly string[]): void {
    const who = sides.map((side) => label(side, 40)).join(" and ");
    const text = recording ? `Recording both sides: ${who}` : "";
    if (this.element.textContent !== text) this.element.textContent = text;
    this.element.hidden = !recording;
  }
}
