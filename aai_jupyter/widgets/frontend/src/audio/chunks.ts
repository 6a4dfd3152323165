// Buffer of decoded audio chunks (two seconds each) that the kernel sends on request; only the recent ones are kept.
const SECONDS = 2;
const KEPT = 40; // 80 s: 2.5 MB at 16 kHz, however long the recording is
const BATCH = 5; // pieces per message

export type Fetch = (fromMs: number, toMs: number) => Promise<Int16Array>;

export class Chunks {
  private readonly size: number;
  private readonly kept = new Map<number, Int16Array>();
  private readonly asked = new Set<number>();
  private readonly count: number;

  constructor(
    private readonly fetch: Fetch,
    rate: number,
    durationMs: number,
    private readonly arrived: () => void,
    private readonly failed: (error: Error) => void,
  ) {
    this.size = SECONDS * rate;
    this.count = Math.max(1, Math.ceil(durationMs / (SECONDS * 1000)));
  }

  /** Copies samples; zeros outside the recording; false while a piece is missing. */
  read = (from: number, out: Float32Array): boolean => {
    const lastPiece = Math.min(this.count - 1, Math.floor((from + out.length - 1) / this.size));
    for (let k = Math.max(0, Math.floor(from / this.size)); k <= lastPiece; k++) if (!this.kept.has(k)) return false;
    for (let done = 0; done < out.length; ) {
      const at = from + done;
      const k = Math.floor(at / this.size);
      const piece = this.kept.get(k);
      const start = at - k * this.size;
      const n = Math.min(out.length - done, this.size - start);
      for (let i = 0; i < n; i++) out[done + i] = piece && start + i < piece.length ? piece[start + i] / 32768 : 0;
      done += n;
    }
    return true;
  };

  /** Asks for what is missing from `sample` on: the piece itself alone, so that it comes soon, then more. */
  want(sample: number, ahead: number): void {
    const first = Math.min(this.count - 1, Math.max(0, Math.floor(sample / this.size)));
    this.touch(first);
    if (this.missing(first)) this.ask(first, first + 1);
    const end = Math.min(this.count, first + 1 + ahead);
    for (let k = first + 1; k < end; k++) {
      if (!this.missing(k)) continue;
      let to = k + 1;
      while (to < end && to - k < BATCH && this.missing(to)) to++;
      // Half a batch is worth a message of its own only when it is needed soon.
      if (to - k < Math.min(BATCH, ahead) && k > first + 2 && to < this.count) return;
      this.ask(k, to);
      k = to - 1;
    }
  }

  private missing(k: number): boolean {
    return !this.kept.has(k) && !this.asked.has(k);
  }

  private touch(k: number): void {
    const piece = this.kept.get(k);
    if (!piece) return;
    this.kept.delete(k);
    this.kept.set(k, piece);
  }

  private ask(from: number, to: number): void {
    for (let k = from; k < to; k++) this.asked.add(k);
    this.fetch(from * SECONDS * 1000, to * SECONDS * 1000)
      .then((pcm) => {
        for (let k = from; k < to; k++) {
          this.kept.set(k, pcm.slice((k - from) * this.size, (k + 1 - from) * this.size));
          if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
        }
        this.arrived();
      })
      .catch((error: Error) => this.failed(error))
      .finally(() => {
        for (let k = from; k < to; k++) this.asked.delete(k);
      });
  }
}
