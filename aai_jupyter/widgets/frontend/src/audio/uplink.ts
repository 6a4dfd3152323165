// Streams the page's microphone to the kernel: opens the device once, numbers the audio frames, and buffers them while
// the kernel is busy.
import { type Lost, type Microphone, type MicrophoneError, openMicrophone } from "./microphone.ts";
import { FrameSender, type Limits } from "./sender.ts";

export interface UplinkOptions {
  rate: number;
  frameMs: number;
  /** Let the browser cancel echo, suppress noise and level. */
  processing?: boolean;
  limits: Limits;
  /** What is shorter than a frame at the end is sent, too. */
  rest: boolean;
  /** Samples at most. */
  longest?: number;
}

/** Why it has to end: the device or what was shared is gone, the host cannot send, the kernel does not answer, it is long enough. */
export type Reason = Lost | "gone" | "unanswered" | "longest";

/** The messages to the kernel. */
export interface Wire {
  /** The device is open; frames wait here until this has resolved. */
  begin(label: string): void | Promise<void>;
  /** Throws when the host cannot send. */
  send(seq: number, frame: ArrayBuffer): void;
  /** The microphone is not allowed or could not be started, or the kernel refused it. */
  failed(error: Error): void;
  /** Has to call `stop`. */
  ending(reason: Reason): void;
  /** It was on and is off now; `removed`: with the last view. */
  stopped?(why: string, removed: boolean): void;
}

export class Uplink {
  state: "idle" | "opening" | "on" = "idle";
  /** Name of the device. */
  label = "";
  /** Why there is no microphone, or why it was let go of. */
  problem = "";
  /** Frames that wait because the kernel is busy. */
  held = 0;
  /** Seconds given up. */
  lost = 0;
  /** The kernel that heard it is no more. */
  gone = false;
  private samples = 0;
  private microphone: Microphone | undefined;
  /** Of the recording that goes on; another one with each start. */
  private sender: FrameSender | undefined;

  constructor(
    private readonly options: UplinkOptions,
    private readonly wire: Wire,
    private readonly changed: () => void,
    private readonly open: typeof openMicrophone = openMicrophone,
  ) {}

  get seconds(): number {
    return this.samples / this.options.rate;
  }

  level(): number {
    return this.microphone?.level() ?? 0;
  }

  levels(): number[] {
    return this.microphone?.levels?.() ?? [this.level()];
  }

  /** Asks for the microphone; ends when it is on, failed, or was given up meanwhile. */
  async start(): Promise<void> {
    if (this.state !== "idle") return;
    const { limits, rate, frameMs, processing } = this.options;
    const sender = new FrameSender((seq, frame) => this.wire.send(seq, frame), undefined, limits);
    sender.close();
    this.sender = sender;
    this.samples = this.held = this.lost = 0;
    this.update("opening", "");
    try {
      const microphone = await this.open({
        rate,
        frameMs,
        processing,
        onFrame: (frame) => this.take(sender, frame),
        onEnded: (which) => this.wire.ending(which),
      });
      if (this.sender !== sender) return microphone.stop(); // given up while the user was being asked
      this.microphone = microphone;
      this.label = microphone.label;
      this.update("on", "");
      await this.wire.begin(this.label);
      sender.open();
    } catch (error) {
      if (this.sender !== sender) return;
      this.release(false);
      this.update("idle", (error as Error).message);
      this.wire.failed(error as MicrophoneError);
    }
  }

  /** Lets go of the device. `drop`: also of what was not a whole frame yet. Returns how many frames were sent. */
  stop(why = "", { drop = !this.options.rest, removed = false } = {}): number {
    const was = this.state === "on";
    const count = this.release(drop);
    this.update("idle", why);
    if (was) this.wire.stopped?.(why, removed);
    return count;
  }

  /** ClipRecorder no sound; the device stays open. */
  pause(paused: boolean): void {
    if (paused) this.microphone?.pause();
    else this.microphone?.resume();
  }

  /** The kernel has everything up to this number. */
  ack(seq: number): void {
    this.sender?.ack(seq);
  }

  private release(drop: boolean): number {
    const { microphone, sender } = this;
    this.microphone = undefined;
    this.state = "idle"; // before the rest comes, which may be what makes it too long
    if (drop) this.sender = undefined;
    microphone?.stop(); // gives the rest
    try {
      if (!drop && !this.gone) sender?.drain();
    } catch {
      this.gone = true;
    }
    this.sender = undefined;
    this.held = 0;
    return sender?.count ?? 0;
  }

  private take(sender: FrameSender, frame: Int16Array<ArrayBuffer>): void {
    if (sender !== this.sender) return;
    const room = (this.options.longest ?? Infinity) - this.samples;
    const kept = frame.length > room ? frame.slice(0, room) : frame;
    this.samples += kept.length;
    try {
      if (kept.length) sender.push(kept.buffer);
    } catch {
      this.gone = true;
      return this.wire.ending("gone");
    }
    if (frame.length >= room) return this.wire.ending("longest");
    if (sender.gone) return this.wire.ending("unanswered");
    const lost = (sender.lost * this.options.frameMs) / 1000;
    if (sender.held === this.held && lost === this.lost) return;
    this.held = sender.held;
    this.lost = lost;
    this.changed();
  }

  private update(state: Uplink["state"], problem: string): void {
    this.state = state;
    this.problem = problem;
    this.changed();
  }
}
