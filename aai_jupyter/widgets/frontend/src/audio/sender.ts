// Frames of a microphone on their way to the kernel: numbered, acknowledged, and held back when it is busy.
// A cell that runs for long keeps some kernels from reading; then sound waits here, up to a limit.

export interface Limits {
  /** Frames on the way at most, before more wait here. */
  window: number;
  /** Frames that wait here at most; the oldest go first. */
  held: number;
  /** After so long without an answer (ms) the kernel is taken for gone. */
  patience: number;
}

/** For real-time speech, which is worth nothing when it is late. */
export const LIVE: Limits = { window: 50, held: 600, patience: 75_000 };
/** For recordings, of which nothing may be lost: everything is sent at once. */
export const WHOLE: Limits = { window: Infinity, held: Infinity, patience: Infinity };

export class FrameSender {
  private sent = 0;
  private acked = 0;
  private heard: number;
  private readonly waiting: ArrayBuffer[] = [];
  private closed = false;
  /** Frames given up so far. */
  lost = 0;

  constructor(
    private readonly send: (seq: number, frame: ArrayBuffer) => void,
    private readonly now: () => number = () => performance.now(),
    private readonly limits: Limits = LIVE,
  ) {
    this.heard = now();
  }

  /** Keeps everything here until `open`: the kernel is not ready to take it. */
  close(): void {
    this.closed = true;
  }

  open(): void {
    this.closed = false;
    this.flush();
  }

  push(frame: ArrayBuffer): void {
    if (!this.unanswered) this.heard = this.now(); // the clock runs while something is on the way
    this.waiting.push(frame);
    if (this.waiting.length > this.limits.held) {
      this.waiting.shift();
      this.lost++;
    }
    this.flush();
  }

  /** Sends all that waits: no answer will come here any more. */
  drain(): void {
    while (!this.closed && this.waiting.length) this.send(++this.sent, this.waiting.shift() as ArrayBuffer);
  }

  /** The kernel has everything up to this number. */
  ack(seq: number): void {
    if (seq <= this.acked) return;
    this.acked = Math.min(seq, this.sent);
    this.heard = this.now();
    this.flush();
  }

  get count(): number {
    return this.sent;
  }

  get unanswered(): number {
    return this.sent - this.acked;
  }

  /** Frames that wait because the kernel is busy. */
  get held(): number {
    return this.waiting.length;
  }

  get gone(): boolean {
    return this.unanswered > 0 && this.now() - this.heard > this.limits.patience;
  }

  private flush(): void {
    while (!this.closed && this.waiting.length && this.unanswered < this.limits.window) {
      this.send(++this.sent, this.waiting.shift() as ArrayBuffer);
    }
  }
}
