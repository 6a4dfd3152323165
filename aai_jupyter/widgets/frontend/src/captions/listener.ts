// The page's microphone for one session: opened once, also when the captions are shown in several places.

import { MICROPHONE_OFF, type Microphone, type MicrophoneError, openMicrophone } from "../audio/mic.ts";
import { bytes, type Comm } from "../host.ts";
import { FrameSender } from "./sender.ts";

const FRAME_MS = 100;

export interface ListenerState {
  on: boolean;
  opening: boolean;
  label: string;
  /** Why there is no microphone. */
  problem: string;
  lost: number;
  /** Frames that wait because the kernel is busy. */
  held: number;
  /** The kernel that heard it is no more. */
  gone: boolean;
}

export class Listener {
  readonly state: ListenerState = { on: false, opening: false, label: "", problem: "", lost: 0, held: 0, gone: false };
  private microphone: Microphone | undefined;
  private sender: FrameSender | undefined;
  private wanted = false;

  constructor(
    private readonly model: Comm,
    private readonly rate: number,
    private readonly changed: () => void,
  ) {}

  async start(): Promise<void> {
    if (this.state.on || this.state.opening) return;
    this.wanted = true;
    this.update({ opening: true, problem: "" });
    try {
      const microphone = await openMicrophone({
        rate: this.rate,
        frameMs: FRAME_MS,
        onFrame: (frame) => this.frame(frame.buffer),
        onEnded: () => this.end("The microphone was taken away: unplugged, or no longer allowed."),
      });
      if (!this.wanted) return microphone.stop(); // stopped while the person was being asked
      this.microphone = microphone;
      this.sender = new FrameSender((seq, frame) => this.model.send({ type: "audio", seq }, undefined, [frame]));
      this.update({ on: true, opening: false, label: microphone.label });
      this.model.send({ type: "microphone", state: "on", label: microphone.label });
    } catch (error) {
      const { kind, message } = error as MicrophoneError;
      this.update({ opening: false, problem: message });
      this.model.send({ type: "microphone", state: "denied", kind, detail: message });
    }
  }

  /** Lets go of the device; `why` is shown, and told to the kernel. */
  end(why = "", removed = false): void {
    this.wanted = false;
    const was = this.state.on;
    const { microphone } = this;
    this.sender = undefined; // a rest shorter than a frame is not worth sending
    this.microphone = undefined;
    microphone?.stop();
    this.update({ on: false, opening: false, problem: why });
    if (!was) return;
    try {
      this.model.send({ type: "microphone", state: "off", detail: why, removed });
    } catch {
      // The host cannot send to a kernel that is gone.
    }
  }

  pause(paused: boolean): void {
    if (paused) this.microphone?.pause();
    else this.microphone?.resume();
  }

  ack(seq: number): void {
    this.sender?.ack(seq);
  }

  level(): number {
    return this.microphone?.level() ?? 0;
  }

  private frame(frame: ArrayBuffer): void {
    const sender = this.sender;
    if (!sender) return;
    try {
      sender.push(bytes(frame));
    } catch {
      this.state.gone = true;
      return this.end(MICROPHONE_OFF);
    }
    if (sender.gone) this.end("The kernel does not answer any more, so the microphone was switched off.");
    else if (sender.held !== this.state.held || sender.lost !== this.state.lost) {
      this.update({ held: sender.held, lost: (sender.lost * FRAME_MS) / 1000 });
    }
  }

  private update(change: Partial<ListenerState>): void {
    Object.assign(this.state, change);
    this.changed();
  }
}
