// The microphone as 16-bit samples, sent while somebody speaks: nothing is lost when the page goes away.
import { openMicrophone, type Microphone as Source } from "../audio/mic.ts";
import { clock } from "../data/time.ts";
import { textButton } from "../ui/button.ts";
import { h } from "../ui/dom.ts";
import { swapIcon } from "../ui/icons.ts";
import { Meter } from "../ui/meter.ts";
import type { Ask } from "./files.ts";

const RATE = 16_000;
const BLOCK_MS = 500; // per message
const BEHIND = 20; // messages without an answer after which the kernel counts as gone

export class Microphone {
  readonly element: HTMLElement;
  private readonly start = textButton("Record", () => void this.toggle(), { name: "microphone" });
  private readonly pause = textButton("Pause", () => this.hold());
  private readonly meter = new Meter();
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
    signal: AbortSignal,
  ) {
    this.start.classList.add("aai-studio-record");
    this.pause.hidden = this.meter.element.hidden = true;
    signal.addEventListener("abort", () => this.end(), { once: true });
    this.element = h(
      "div",
      { class: "aai-studio-mic" },
      this.start,
      this.pause,
      this.meter.element,
      this.time,
      this.device,
    );
  }

  private end(): void {
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
    this.meter.show(this.source?.level() ?? 0);
  }

  private draw(): void {
    const on = !!this.source;
    this.start.querySelector("span")!.textContent = on ? "Stop" : "Record";
    swapIcon(this.start, on ? "stop" : "microphone");
    this.start.toggleAttribute("data-on", on);
    this.pause.hidden = this.meter.element.hidden = this.time.hidden = !on;
    this.pause.textContent = this.paused ? "Go on" : "Pause";
    this.time.textContent = clock((this.samples / RATE) * 1000);
  }
}
