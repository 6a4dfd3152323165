// Records clips from the page's microphone, one after the other, sent while they are spoken; lives as long as any view.
import { MICROPHONE_OFF, type MicrophoneError, type openMicrophone } from "../audio/microphone.ts";
import { WHOLE } from "../audio/sender.ts";
import { type Reason, Uplink } from "../audio/uplink.ts";
import { Channel, GoneError } from "../channel.ts";
import { type Comm, watchKernel } from "../host.ts";
import type { Meta } from "../traits/recorder.ts";

const FRAME_MS = 100;
const BUSY_MS = 2500;
const PATIENCE = 3_600_000; // a cell may run for an hour, and what was said must not be lost by that
const REMEDY = " On the kernel's machine: %aai_stream --clip --device default.";
const NO_REMEDY = ["NotFoundError", "OverconstrainedError"]; // there is no device, or another one was meant

export class ClipRecorder {
  /** What the kernel keeps waiting. */
  busy = false;
  private readonly uplink: Uplink;
  private readonly channel: Channel;
  private readonly end = new AbortController();
  private key = "";
  private waiting = 0;

  constructor(
    model: Comm,
    private readonly meta: Meta,
    private readonly changed: () => void,
    open?: typeof openMicrophone,
  ) {
    const { rate, longest } = meta;
    const options = { rate, frameMs: FRAME_MS, limits: WHOLE, rest: true, longest: longest * rate };
    const wire = {
      begin: () => this.tell("begin", { key: this.key }),
      send: (seq: number, frame: ArrayBuffer) => this.tell("sound", { key: this.key, seq }, [frame]),
      failed: (error: Error) => {
        const remedy = NO_REMEDY.includes((error as MicrophoneError).kind) ? "" : REMEDY;
        this.complain(error.message + remedy);
      },
      ending: (reason: Reason) => this.finish(this.why(reason)),
    };
    this.uplink = new Uplink(options, wire, changed, open);
    this.channel = new Channel(model);
    this.channel.onMessage = (message) => {
      if (message.type === "call") this.tell("here");
    };
    const closed = () => this.cancel(MICROPHONE_OFF);
    const unsure = () => this.state !== "idle" && this.tell("here"); // finds out whether there is still a kernel
    watchKernel(model, closed, unsure, this.end.signal);
  }

  get state(): Uplink["state"] {
    return this.uplink.state;
  }

  /** Why there is no microphone, why it was let go of, or what the kernel refused. */
  get problem(): string {
    return this.uplink.problem;
  }

  get seconds(): number {
    return this.uplink.seconds;
  }

  level(): number {
    return this.uplink.level();
  }

  /** Asks for the microphone, and records. */
  async begin(): Promise<void> {
    if (this.state !== "idle") return;
    this.key = `${this.meta.id}-${Math.random().toString(36).slice(2)}`;
    await this.uplink.start();
  }

  /** Ends the recording, and lets the kernel send it. */
  finish(why = ""): void {
    if (this.state !== "on") return;
    const { key, uplink } = this;
    const { label } = uplink;
    const count = uplink.stop(why);
    this.waiting++;
    const late = setTimeout(() => {
      this.busy = true;
      this.changed();
    }, BUSY_MS);
    const done = (problem: string) => {
      clearTimeout(late);
      if (!--this.waiting) this.busy = false;
      this.complain(uplink.problem || problem);
    };
    this.channel.request("end", { key, count, label }, PATIENCE).then(
      () => done(""),
      (error: Error) => done(error instanceof GoneError ? MICROPHONE_OFF : error.message),
    );
  }

  /** Ends the recording, and forgets it. */
  cancel(why = ""): void {
    if (this.state !== "idle") {
      this.uplink.stop(why, { drop: true });
      this.tell("cancel", { key: this.key });
    } else if (why && this.waiting) this.complain(why);
  }

  /** For what needs no answer but a complaint. */
  tell(type: string, payload: Record<string, unknown> = {}, buffers: ArrayBuffer[] = []): void {
    this.channel.request(type, payload, PATIENCE, buffers).catch((error: Error) => {
      if (error.message === "Closed") return;
      if (error instanceof GoneError) return this.cancel(MICROPHONE_OFF);
      this.complain(error.message);
    });
  }

  dispose(): void {
    this.cancel();
    this.end.abort();
    this.channel.dispose();
  }

  private complain(problem: string): void {
    this.uplink.problem = problem;
    this.changed();
  }

  private why(reason: Reason): string {
    return reason === "longest"
      ? `A clip has ${this.meta.longest} s at most: it was sent.`
      : "The microphone was taken away; what was said until then was sent.";
  }
}
