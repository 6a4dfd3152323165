// Faster or slower speech at the same pitch: waveform similarity overlap-add (Verhelst and Roelands,
// ICASSP 1993). Frames of 30 ms overlap by half; each is taken where it best continues the one before.

/** Copies `out.length` samples from `from` on; false while they are not here yet. Zeros outside. */
export type Source = (from: number, out: Float32Array) => boolean;

export class Wsola {
  /** Output samples per step. */
  readonly hop: number;
  private readonly reach: number;
  private readonly window: Float32Array;
  private readonly tail: Float32Array;
  private readonly region: Float32Array;
  private readonly expected: Float32Array;
  private readonly stride: number;
  private next = 0;
  private previous = -1;

  constructor(
    sampleRate: number,
    public rate: number,
  ) {
    this.hop = Math.round(sampleRate * 0.015);
    this.reach = Math.round(sampleRate * 0.01);
    // Comparing at about 8 kHz finds the same pitch period for a fraction of the work.
    this.stride = Math.max(1, Math.round(sampleRate / 8000));
    this.window = Float32Array.from(
      { length: this.hop },
      (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / this.hop),
    );
    this.tail = new Float32Array(this.hop);
    this.region = new Float32Array(2 * this.reach + 2 * this.hop);
    this.expected = new Float32Array(this.hop);
  }

  /** Source sample that the next output sample belongs to. */
  get position(): number {
    return this.next;
  }

  reset(position: number): void {
    this.next = position;
    this.previous = -1;
  }

  /** Writes the next `hop` samples to out[at...]; false, and nothing done, while the source lacks samples. */
  step(source: Source, out: Float32Array, at: number): boolean {
    const { hop, window, tail, region } = this;
    const nominal = Math.round(this.next);
    if (this.rate === 1) return this.copy(source, out, at, nominal);
    const from = nominal - this.reach;
    if (!source(from, region)) return false;
    let shift = this.reach;
    if (this.previous >= 0) {
      if (!source(this.previous + hop, this.expected)) return false;
      shift = this.best();
    } else {
      for (let i = 0; i < hop; i++) tail[i] = region[shift + i] * (1 - window[i]);
    }
    for (let i = 0; i < hop; i++) {
      out[at + i] = tail[i] + region[shift + i] * window[i];
      tail[i] = region[shift + hop + i] * (1 - window[i]);
    }
    this.previous = from + shift;
    this.next += hop * this.rate;
    return true;
  }

  private copy(source: Source, out: Float32Array, at: number, nominal: number): boolean {
    const piece = out.subarray(at, at + this.hop);
    if (!source(nominal, piece)) return false;
    this.previous = -1;
    this.next = nominal + this.hop;
    return true;
  }

  /** Offset into `region` whose half frame is most like the natural continuation. */
  private best(): number {
    const { region, expected, hop, stride } = this;
    let best = this.reach;
    let score = -Infinity;
    for (let shift = 0; shift <= 2 * this.reach; shift += stride) {
      const value = likeness(region, shift, expected, hop, stride);
      if (value > score) {
        score = value;
        best = shift;
      }
    }
    return best;
  }
}

function likeness(a: Float32Array, shift: number, b: Float32Array, length: number, stride: number): number {
  let dot = 0;
  let energy = 1e-9;
  for (let i = 0; i < length; i += stride) {
    const value = a[shift + i];
    dot += value * b[i];
    energy += value * value;
  }
  return dot / Math.sqrt(energy);
}
