// One clip after the other from the page's microphone, sent while it is spoken. Lives as long as any view of it.
import { MICROPHONE_OFF, type Microphone, type MicrophoneError, openMicrophone } from "../audio/mic.ts";
import { Channel, GoneError } from "../channel.ts";
import { bytes, type Comm, watchKernel } from "../host.ts";
import type { Meta } from "../traits/recorder.ts";

const FRAME_MS = 100;
const BUSY_MS = 2500;
const PATIENCE = 3_600_000; // a cell may run for an hour, and what was said must not be lost by that
const REMEDY = " On the kernel's machine: %aai_stream --clip --device default.";

type Open = typeof openMicrophone;

export class Takes {
  state: "idle" | "opening" | "on" = "idle";
  /** Why there is no microphone, or why it was let go of. */
  problem = "";
  /** What the kernel keeps waiting. */
  busy = false;
  private readonly channel: Channel;
  private readonly end = new AbortController();
  private microphone: Microphone | undefined;
  private key = "";
  private sent = 0;
  private samples = 0;
  private waiting = 0;

  constructor(
    model: Comm,
    private readonly meta: Meta,
    private readonly changed: () => void,
    private readonly open: Open = openMicrophone,
  ) {
    this.channel = new Channel(model);
    this.channel.onMessage = (message) => {
      if (message.type === "call") this.tell("here");
    };
    const closed = () => this.cancel(MICROPHONE_OFF);
    const unsure = () => this.state !== "idle" && this.tell("here"); // finds out whether there is still a kernel
    watchKernel(model, closed, unsure, this.end.signal);
  }

  get seconds(): number {
    return this.samples / this.meta.rate;
  }

  level(): number {
    return this.microphone?.level() ?? 0;
  }

  /** Asks for the microphone, and records. */
  async begin(): Promise<void> {
    if (this.state !== "idle") return;
    const key = `${this.meta.id}-${Math.random().toString(36).slice(2)}`;
    this.key = key;
    this.sent = this.samples = 0;
    this.update("opening", "");
    try {
      const microphone = await this.open({
        rate: this.meta.rate,
        frameMs: FRAME_MS,
        onFrame: (frame) => this.frame(key, frame),
        onEnded: () => this.finish("The microphone was taken away; what was said until then was sent."),
      });
      if (this.key !== key) return microphone.stop(); // given up while the person was being asked
      this.microphone = microphone;
      this.tell("begin", { key });
      this.update("on");
    } catch (error) {
      if (this.key !== key) return;
      const { kind, message } = error as MicrophoneError;
      this.update("idle", message + (kind === "NotFoundError" || kind === "OverconstrainedError" ? "" : REMEDY));
    }
  }

  /** Ends the recording, and lets the kernel send it. */
  finish(why = ""): void {
    if (this.state !== "on") return;
    const { microphone, key } = this;
    this.microphone = undefined;
    this.state = "idle"; // before the rest comes, which may be what makes the clip too long
    microphone?.stop(); // gives the rest
    this.key = "";
    this.update("idle", why);
    this.waiting++;
    const late = setTimeout(() => {
      this.busy = true;
      this.changed();
    }, BUSY_MS);
    const done = (problem: string) => {
      clearTimeout(late);
      if (!--this.waiting) this.busy = false;
      this.problem ||= problem;
      this.changed();
    };
    this.channel.request("end", { key, count: this.sent, label: microphone?.label ?? "" }, PATIENCE).then(
      () => done(""),
      (error: Error) => done(error instanceof GoneError ? MICROPHONE_OFF : error.message),
    );
  }

  /** Ends the recording, and forgets it. */
  cancel(why = ""): void {
    if (this.state === "idle") {
      if (why && this.waiting) this.update("idle", why);
      return;
    }
    const { key } = this;
    this.key = "";
    this.microphone?.stop();
    this.microphone = undefined;
    this.tell("cancel", { key });
    this.update("idle", why);
  }

  /** For what needs no answer but a complaint. */
  tell(type: string, payload: Record<string, unknown> = {}, buffers: ArrayBuffer[] = []): void {
    this.channel.request(type, payload, PATIENCE, buffers).catch((error: Error) => {
      if (error.message === "Closed") return;
      if (error instanceof GoneError) return this.cancel(MICROPHONE_OFF);
      this.problem = error.message;
      this.changed();
    });
  }

  dispose(): void {
    this.cancel();
    this.end.abort();
    this.channel.dispose();
  }

  private frame(key: string, frame: Int16Array<ArrayBuffer>): void {
    if (key !== this.key) return;
    const room = this.meta.longest * this.meta.rate - this.samples;
    const kept = frame.length > room ? frame.slice(0, room) : frame;
    if (kept.length) {
      this.samples += kept.length;
      this.tell("sound", { key, seq: ++this.sent }, [bytes(kept)]);
    }
    if (room <= frame.length) this.finish(`A clip has ${this.meta.longest} s at most: it was sent.`);
  }

  private update(state: Takes["state"], problem?: string): void {
    this.state = state;
    if (problem !== undefined) this.problem = problem;
    this.changed();
  }
}
