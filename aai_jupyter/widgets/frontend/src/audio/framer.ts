// Samples of any rate -> Int16 frames of one exact size at the rate that is wanted.

const ZEROS = 12; // zero crossings of the low pass on either side
const STEPS = 256; // places between two samples that the low pass is tabulated for

/** Windowed-sinc resampling of a stream; passes samples through when the rates are the same. */
export class Resampler {
  private readonly ratio: number;
  private readonly half: number;
  private readonly table: Float32Array;
  private held = new Float32Array(0);
  private next: number; // where in `held` the next output sample lies

  constructor(from: number, to: number) {
    this.ratio = from / to;
    const width = Math.max(1, this.ratio);
    this.half = Math.ceil(ZEROS * width);
    this.next = this.half;
    this.held = new Float32Array(this.half); // silence before the first sample
    this.table = new Float32Array(this.half * STEPS + 2);
    for (let i = 0; i < this.table.length; i++) {
      const x = i / STEPS / width;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      const window = x >= ZEROS ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / ZEROS);
      this.table[i] = (sinc * window) / width;
    }
  }

  push(samples: Float32Array): Float32Array {
    if (this.ratio === 1) return samples;
    const all = new Float32Array(this.held.length + samples.length);
    all.set(this.held);
    all.set(samples, this.held.length);
    const count = Math.max(0, Math.ceil((all.length - this.half - this.next) / this.ratio));
    const out = new Float32Array(count);
    for (let n = 0; n < count; n++) {
      const at = this.next + n * this.ratio;
      let sum = 0;
      for (let k = Math.ceil(at - this.half); k <= at + this.half && k < all.length; k++) {
        if (k >= 0) sum += all[k] * this.table[Math.round(Math.abs(at - k) * STEPS)];
      }
      out[n] = sum;
    }
    const end = this.next + count * this.ratio;
    const drop = Math.max(0, Math.floor(end) - this.half);
    this.held = all.slice(drop);
    this.next = end - drop;
    return out;
  }
}

/** Collects samples into frames. */
export class Framer {
  private readonly resampler: Resampler;
  private frame: Int16Array<ArrayBuffer>;
  private filled = 0;
  /** Loudness of the last frame: root mean square, 0 to 1. */
  rms = 0;

  constructor(
    from: number,
    to: number,
    private readonly size: number,
    private readonly done: (frame: Int16Array<ArrayBuffer>) => void,
  ) {
    this.resampler = new Resampler(from, to);
    this.frame = new Int16Array(size);
  }

  push(samples: Float32Array): void {
    for (const sample of this.resampler.push(samples)) {
      const clipped = Math.max(-1, Math.min(1, sample));
      this.frame[this.filled++] = Math.round(clipped * (clipped < 0 ? 32768 : 32767));
      if (this.filled < this.size) continue;
      const full = this.frame;
      this.frame = new Int16Array(this.size);
      this.filled = 0;
      let sum = 0;
      for (const value of full) sum += value * value;
      this.rms = Math.sqrt(sum / this.size) / 32768;
      this.done(full);
    }
  }

  /** Gives what has been collected as a shorter frame. */
  flush(): void {
    if (this.filled) this.done(this.frame.slice(0, this.filled));
    this.filled = 0;
  }
}
