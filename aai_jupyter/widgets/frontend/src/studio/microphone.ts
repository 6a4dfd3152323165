// The microphone as 16-bit samples, sent while somebody speaks: nothing is lost when the page goes away.
import { openMicrophone, type Microphone as Source } from "../audio/mic.ts";
import { clock } from "../data/time.ts";
import { h } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import type { Ask } from "./files.ts";

const RATE = 16_000;
const BLOCK_MS = 500; // per message
const BEHIND = 20; // messages without an answer after which the kernel counts as gone

export class Microphone {
  readonly element: HTMLElement;
  private readonly start = h(
    "button",
    { class: "aai-text-button aai-studio-record", type: "button", on: { click: () => void this.toggle() } },
    icon("microphone"),
    h("span", { text: "Record" }),
  );
  private readonly pause = h("button", {
    class: "aai-text-button",
    type: "button",
    hidden: true,
    text: "Pause",
    on: { click: () => this.hold() },
  });
  private readonly meter = h(
    "div",
    {
      class: "aai-studio-meter",
      role: "meter",
      "aria-label": "Level",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
      hidden: true,
    },
    h("i"),
  );
  private readonly time = h("span", { class: "aai-time", role: "timer", hidden: true });
  private readonly device = h("span", { class: "aai-facts" });
  private source?: Source;
  private paused = false;
  private key: unknown;
  private busy = false;
  private samples = 0;
  private unanswered = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ask: Ask,
    private readonly notice: (text: string) => void,
  ) {
    this.element = h("div", { class: "aai-studio-mic" }, this.start, this.pause, this.meter, this.time, this.device);
  }

  dispose(): void {
    this.release();
    if (this.key) this.ask("record_end", { key: this.key }).catch(() => undefined);
  }

  private async toggle(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.notice("");
    try {
      if (this.source) await this.finish();
      else await this.begin();
    } catch (error) {
      this.notice((error as Error).message);
      this.release();
    } finally {
      this.busy = false;
      this.draw();
    }
  }

  private async begin(): Promise<void> {
    const early: Int16Array<ArrayBuffer>[] = []; // what is said before the kernel has a file for it
    const source = await openMicrophone({
      rate: RATE,
      frameMs: BLOCK_MS,
      processing: true,
      onFrame: (samples) => (this.key ? this.send(samples) : early.push(samples)),
      onEnded: () => {
        this.notice("The microphone was taken away. What had been recorded is kept.");
        void this.toggle();
      },
    });
    this.source = source;
    this.paused = false;
    const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
    this.samples = this.unanswered = 0;
    this.key = (await this.ask("record_begin", { rate: RATE, name: `recording-${stamp}.wav` })).message.key;
    for (const samples of early) this.send(samples);
    this.device.textContent = source.label;
  }

  private send(samples: Int16Array<ArrayBuffer>): void {
    this.samples += samples.length;
    this.level();
    if (++this.unanswered > BEHIND) {
      this.notice("The kernel does not answer: the recording was stopped. What had arrived is kept.");
      void this.toggle();
      return;
    }
    this.last = this.ask("record_frames", { key: this.key }, [samples.buffer]).then(
      () => (this.unanswered = 0),
      (error: Error) => this.notice(error.message),
    );
    this.draw();
  }

  private async finish(): Promise<void> {
    this.release(); // gives the rest first
    await this.last;
    const key = this.key;
    this.key = undefined;
    await this.ask("record_end", { key });
  }

  private hold(): void {
    this.paused = !this.paused;
    if (this.paused) this.source?.pause();
    else this.source?.resume();
    this.level();
    this.draw();
  }

  private release(): void {
    const { source } = this;
    source?.stop();
    this.source = undefined;
    this.device.textContent = "";
  }

  private level(): void {
    const decibels = 20 * Math.log10(Math.max(this.source?.level() ?? 0, 1e-3)); // -60 to 0
    const percent = Math.round((decibels / 60 + 1) * 100);
    this.meter.setAttribute("aria-valuenow", String(percent));
    (this.meter.firstElementChild as HTMLElement).style.width = `${percent}%`;
  }

  private draw(): void {
    const on = !!this.source;
    this.start.querySelector("span")!.textContent = on ? "Stop" : "Record";
    this.start.querySelector("svg")!.replaceWith(icon(on ? "stop" : "microphone"));
    this.start.toggleAttribute("data-on", on);
    this.pause.hidden = this.meter.hidden = this.time.hidden = !on;
    this.pause.textContent = this.paused ? "Go on" : "Pause";
    this.time.textContent = clock((this.samples / RATE) * 1000);
  }
}
