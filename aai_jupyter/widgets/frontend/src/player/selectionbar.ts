// What is selected, and what can be done with it.
import { spanText, wordsBetween } from "../data/columns.ts";
import { clock } from "../data/time.ts";
import { h, press } from "../ui/dom.ts";
import { button } from "../ui/menu.ts";
import type { State } from "./state.ts";
import type { Transport } from "./transport.ts";

export class SelectionBar {
  readonly element = h("div", { class: "aai-selected", role: "status", hidden: true });

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly notice: (text: string) => void,
  ) {
    for (const topic of ["selection", "playback"] as const) state.on(topic, () => this.draw());
    this.draw();
  }

  private words(): [number, number] | null {
    const s = this.state.selection;
    return s?.kind === "words" ? [s.first, s.last] : s ? wordsBetween(this.state.columns, s.start, s.end) : null;
  }

  private draw(): void {
    const time = this.state.selectedTime();
    this.element.hidden = !time;
    if (!time) return;
    const words = this.words();
    const count = words ? words[1] - words[0] + 1 : 0;
    const loop = button("loop", "Loop (O)", () => this.transport.setLoop(!this.transport.loop));
    press(loop, this.transport.loop);
    this.element.replaceChildren(
      h("span", { class: "aai-selected-what", text: `${count.toLocaleString("en")} word${count === 1 ? "" : "s"} · ${clock(time[0], true)} – ${clock(time[1], true)}` }),
      button("play", "Play the selection", () => this.transport.playRanges([time])), loop,
      h("button", { type: "button", class: "aai-text-button", text: "Copy", title: "Copy the text", on: { click: () => void this.copy() } }),
      button("close", "Clear the selection", () => this.state.select(null)),
    );
  }

  private async copy(): Promise<void> {
    const words = this.words();
    if (!words) return;
    try {
      await navigator.clipboard.writeText(spanText(this.state.columns, words[0], words[1]));
      this.notice("Copied.");
    } catch {
      this.notice("The browser does not let this page copy; select the text and press Ctrl+C.");
    }
  }
}
