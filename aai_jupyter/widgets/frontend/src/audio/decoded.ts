// Plays decoded pieces through WebAudio: short buffers scheduled back to back on the audio clock, so that
// they join without a gap. The context runs at the recording's own rate: nothing is resampled per buffer.

import { Chunks, type Fetch } from "./chunks.ts";
import { clampRate, type Engine, type EngineEvents } from "./engine.ts";
import type { Route } from "./route.ts";
import { Wsola } from "./wsola.ts";

const LOOKAHEAD = 1.2; // seconds scheduled ahead: timers of a hidden tab run once a second
const TICK = 80; // ms
const FADE = 0.004;
const DEVICE_PATIENCE = 5000; // ms: a sound server that slept takes more than one second
const NO_DEVICE =
  "The browser does not start the sound: press play once more. If that changes nothing, it has no sound device.";

interface Mark {
  at: number;
  until: number;
  ms: number;
  rate: number;
}

export class DecodedEngine implements Engine {
  playing = false;
  waiting = false;
  private context: AudioContext | null = null;
  private output: GainNode | null = null;
  private sources: AudioBufferSourceNode[] = [];
  private marks: Mark[] = [];
  private timer = 0;
  private clock = 0; // audio time at which the next buffer starts; 0: as soon as possible
  private place = 0; // ms, while not playing
  private ended = false;
  private readonly pieces: Chunks;
  private readonly stretch: Wsola;

  constructor(
    fetch: Fetch,
    private readonly sampleRate: number,
    durationMs: number,
    private route: Route,
    private readonly events: EngineEvents,
  ) {
    this.stretch = new Wsola(sampleRate, 1);
    this.pieces = new Chunks(
      fetch,
      sampleRate,
      durationMs,
      () => this.pump(),
      (error) => this.fail(error),
    );
  }

  get ms(): number {
    if (!this.playing || !this.context) return this.place;
    const now = this.context.currentTime - Math.min(0.3, this.context.outputLatency || 0);
    while (this.marks.length > 1 && this.marks[1].at <= now) this.marks.shift();
    const mark = this.marks[0];
    if (!mark) return this.place;
    return mark.ms + Math.max(0, Math.min(now, mark.until) - mark.at) * 1000 * mark.rate;
  }

  setRate(rate: number): void {
    this.restart(() => (this.stretch.rate = clampRate(rate)));
  }

  setRoute(route: Route): void {
    this.restart(() => (this.route = route));
  }

  seek(ms: number): void {
    this.restart(() => (this.place = Math.max(0, ms)));
    // Nothing is fetched before somebody first wants to hear the recording.
    if (!this.playing && this.context) this.pieces.want((this.place / 1000) * this.sampleRate, 0);
    this.events.changed();
  }

  async play(): Promise<void> {
    if (this.playing) return;
    const start = this.route.enter(this.place) ?? this.route.restart();
    if (start === null) return;
    this.place = start;
    this.context ??= new AudioContext({ sampleRate: this.sampleRate, latencyHint: "interactive" });
    this.playing = true;
    this.begin();
    this.events.changed();
    const context = this.context;
    // Without a user's act, or without a sound device, the context stays suspended, and resume() never settles.
    const acted = navigator.userActivation?.hasBeenActive ?? false;
    const silent = new Promise<void>((done) => setTimeout(done, acted ? DEVICE_PATIENCE : 1000));
    await Promise.race([context.resume(), silent]);
    if (context.state !== "running" && this.playing) {
      this.pause();
      this.events.failed(acted ? NO_DEVICE : "The browser wants a click before it plays: press play.");
    }
  }

  pause(): void {
    if (!this.playing) return;
    this.place = this.ms;
    this.playing = this.waiting = false;
    this.silence();
    this.events.changed();
  }

  dispose(): void {
    this.playing = false;
    this.silence();
    void this.context?.close();
    this.context = null;
  }

  private restart(change: () => void): void {
    this.place = this.ms;
    if (this.playing) this.silence();
    change();
    if (this.playing) this.begin();
  }

  private begin(): void {
    const context = this.context!;
    const start = this.route.enter(this.place);
    if (start === null) return this.pause();
    this.place = start;
    this.stretch.reset((start / 1000) * this.sampleRate);
    this.output = context.createGain();
    this.output.connect(context.destination);
    this.clock = 0;
    this.ended = false;
    this.timer = window.setInterval(() => this.pump(), TICK);
    this.pump();
  }

  private silence(): void {
    window.clearInterval(this.timer);
    this.marks = [];
    const { context, output, sources } = this;
    this.sources = [];
    this.output = null;
    if (!context || !output) return;
    const now = context.currentTime;
    output.gain.setValueAtTime(1, now);
    output.gain.linearRampToValueAtTime(0, now + FADE * 2);
    for (const source of sources) source.stop(now + FADE * 3);
    window.setTimeout(() => output.disconnect(), 100);
  }

  private pump(): void {
    if (!this.playing || !this.context) return;
    const now = this.context.currentTime;
    this.pieces.want(this.stretch.position, Math.ceil(4 * Math.max(1, this.stretch.rate)));
    if (this.ended) {
      if (now >= this.clock) this.finish();
      return;
    }
    let starved = false;
    while (!this.ended && !starved && (this.clock === 0 || this.clock < now + LOOKAHEAD)) {
      starved = !this.schedule(now, this.clock === 0 ? 0.09 : 0.24);
    }
    const waiting = starved && this.clock < now + 0.02;
    if (waiting !== this.waiting) {
      this.waiting = waiting;
      this.events.changed();
    }
  }

  /** Renders and schedules the next buffer; false while its sound is missing. */
  private schedule(now: number, seconds: number): boolean {
    const { stretch, sampleRate } = this;
    const limit = (this.route.end / 1000) * sampleRate;
    const startSample = stretch.position;
    const steps = Math.max(1, Math.round((seconds * sampleRate) / stretch.hop));
    const data = new Float32Array(steps * stretch.hop);
    let length = 0;
    while (length < data.length && stretch.position < limit && stretch.step(this.pieces.read, data, length))
      length += stretch.hop;
    const over = stretch.position >= limit;
    if (over && stretch.rate === 1) length = Math.min(length, Math.max(0, Math.round(limit - startSample)));
    if (length) this.emit(data.subarray(0, length), startSample, now, over);
    if (over) {
      const next = this.route.next();
      if (next === null) this.ended = true;
      else stretch.reset((next / 1000) * sampleRate);
      return true;
    }
    return length === data.length;
  }

  private emit(data: Float32Array<ArrayBuffer>, startSample: number, now: number, last: boolean): void {
    const context = this.context!;
    const fade = Math.round(FADE * this.sampleRate);
    const fresh = this.marks.length === 0 || this.marks[this.marks.length - 1].until !== this.clock;
    for (let i = 0; i < fade && i < data.length; i++) {
      if (fresh) data[i] *= i / fade;
      if (last) data[data.length - 1 - i] *= i / fade;
    }
    const at = Math.max(this.clock, now + 0.01);
    const buffer = context.createBuffer(1, data.length, this.sampleRate);
    buffer.copyToChannel(data, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.output!);
    source.start(at);
    source.onended = () => (this.sources = this.sources.filter((other) => other !== source));
    this.sources.push(source);
    this.clock = at + data.length / this.sampleRate;
    this.marks.push({ at, until: this.clock, ms: (startSample / this.sampleRate) * 1000, rate: this.stretch.rate });
  }

  private finish(): void {
    this.place = this.ms;
    this.playing = this.waiting = false;
    this.silence();
    this.events.finished();
    this.events.changed();
  }

  private fail(error: Error): void {
    this.pause();
    this.events.failed(error.message);
  }
}
