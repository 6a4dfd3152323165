// Records the microphone into a file of the kernel, streamed while it records: nothing is lost when the page goes away.
import { WHOLE } from "../audio/sender.ts";
import { type Reason, Uplink } from "../audio/uplink.ts";
import { clock } from "../data/time.ts";
import { textButton } from "../ui/button.ts";
import { h } from "../ui/dom.ts";
import { swapIcon } from "../ui/icons.ts";
import { Meter } from "../ui/meter.ts";
import type { Ask } from "./files.ts";

const RATE = 16_000;
const FRAME_MS = 500;
const PATIENCE = 10_000; // ms without an answer after which the kernel counts as gone
const WHY: Record<Reason, string> = {
  device: "The microphone was taken away. What had been recorded is kept.",
  share: "",
  gone: "",
  unanswered: "The kernel does not answer: the recording was stopped. What had arrived is kept.",
  longest: "",
};

export class RecordingControls {
  readonly element: HTMLElement;
  private readonly start = textButton("Record", () => void this.toggle(), { name: "microphone" });
  private readonly pause = textButton("Pause", () => this.hold());
  private readonly meter = new Meter();
  private readonly time = h("span", { class: "aai-time", role: "timer" });
  private readonly device = h("span", { class: "aai-facts" });
  private readonly uplink: Uplink;
  private paused = false;
  private key: unknown;
  private busy = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ask: Ask,
    private readonly notice: (text: string) => void,
    signal: AbortSignal,
  ) {
    this.start.classList.add("aai-studio-record");
    this.element = h(
      "div",
      { class: "aai-studio-mic" },
      this.start,
      this.pause,
      this.meter.element,
      this.time,
      this.device,
    );
    const limits = { ...WHOLE, patience: PATIENCE };
    const wire = {
      begin: () => this.begin(),
      send: (seq: number, frame: ArrayBuffer) => this.send(seq, frame),
      failed: (error: Error) => this.notice(error.message),
      ending: (reason: Reason) => void this.toggle(WHY[reason]),
    };
    const options = { rate: RATE, frameMs: FRAME_MS, processing: true, limits, rest: true };
    this.uplink = new Uplink(options, wire, () => this.draw());
    this.draw();
    const end = () => {
      this.uplink.stop();
      if (this.key) this.ask("record_end", { key: this.key }).catch(() => undefined);
    };
    signal.addEventListener("abort", end, { once: true });
  }

  private async toggle(why = ""): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.notice(why);
    try {
      if (this.uplink.state === "on") await this.finish();
      else await this.uplink.start();
    } catch (error) {
      this.notice((error as Error).message);
    } finally {
      this.busy = false;
      this.draw();
    }
  }

  private async begin(): Promise<void> {
    this.paused = false;
    const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
    this.key = (await this.ask("record_begin", { rate: RATE, name: `recording-${stamp}.wav` })).message.key;
  }

  private send(seq: number, frame: ArrayBuffer): void {
    const sent = this.ask("record_frames", { key: this.key, seq }, [frame]).then(
      () => this.uplink.ack(seq),
      (error: Error) => this.notice(error.message),
    );
    this.last = Promise.all([this.last, sent]); // replies may come in any order
    this.draw();
  }

  private async finish(): Promise<void> {
    this.uplink.stop(); // gives the rest first
    await this.last;
    const { key } = this;
    this.key = undefined;
    await this.ask("record_end", { key });
  }

  private hold(): void {
    this.paused = !this.paused;
    this.uplink.pause(this.paused);
    this.draw();
  }

  private draw(): void {
    const { uplink } = this;
    const on = uplink.state === "on";
    this.start.querySelector("span")!.textContent = on ? "Stop" : "Record";
    swapIcon(this.start, on ? "stop" : "microphone");
    this.start.toggleAttribute("data-on", on);
    this.pause.hidden = this.meter.element.hidden = this.time.hidden = !on;
    this.pause.textContent = this.paused ? "Go on" : "Pause";
    this.meter.show(uplink.level());
    this.time.textContent = clock(uplink.seconds * 1000);
    this.device.textContent = on ? uplink.label : "";
  }
}
