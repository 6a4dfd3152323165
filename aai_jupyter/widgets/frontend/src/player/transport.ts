// Playing, and nothing but playing: one engine, the route it follows, and the clock everybody reads.

import { DecodedEngine } from "../audio/decoded.ts";
import { clampRate, type Engine, type EngineEvents } from "../audio/engine.ts";
import { MediaEngine } from "../audio/media.ts";
import { intersect, Route, type Stretch } from "../audio/route.ts";
import { SilentEngine } from "../audio/silent.ts";
import type { Channel } from "../channel.ts";
import { speech, wordAtTime } from "../data/columns.ts";
import { cellRuns } from "../host.ts";
import { batch, reactive, watch } from "../ui/reactive.ts";
import type { State } from "./state.ts";

const REPORT = 260; // ms between two reports of the time to the kernel
const PAUSE = 700; // ms without a word that count as silence
const MARGIN = 150; // ms of silence kept around speech

const LATE = 4000; // ms without an answer, until it is said

export class Transport {
  declare rate: number;
  declare skip: boolean;
  declare loop: boolean;
  declare playing: boolean;
  /** Wants to play, but the sound is not here yet. */
  declare waiting: boolean;
  /** Numbers of the tracks that are not heard. */
  declare muted: ReadonlySet<number>;
  private engine: Engine;
  private source: string;
  private ranges: Stretch[] | null = null;
  private frame = 0;
  private reported = { time: -1, at: 0, playing: false };
  private readonly events: EngineEvents = {
    changed: () => this.changed(),
    finished: () => this.dropRanges(),
    failed: (reason) => this.failed(reason),
  };

  constructor(
    private readonly state: State,
    private readonly channel: Channel,
    private readonly notice: (text: string) => void,
    /** Gets what holds until it is taken back by "". */
    private readonly waits: (text: string) => void,
  ) {
    const { page } = state;
    const rate = clampRate(page.get("rate"));
    reactive(this, { rate, skip: false, loop: false, playing: false, waiting: false, muted: new Set() });
    this.source = this.sourceNow();
    this.engine = this.makeEngine(state.meta.has_audio);
    this.engine.setRate(this.rate);
    const start = page.place();
    this.reported.time = start / 1000;
    if (start > 0) this.engine.seek(start);
    page.on("current_time", () => {
      const time = page.get("current_time");
      if (Math.abs(time - this.reported.time) > 0.005) this.seek(time * 1000);
    });
    page.on("playing", () => {
      const playing = page.get("playing");
      if (playing !== this.engine.playing && playing !== this.reported.playing) this.toggle(playing);
    });
    page.on("rate", () => this.setRate(page.get("rate")));
    const end = () => {
      cancelAnimationFrame(this.frame);
      this.engine.dispose();
    };
    state.signal.addEventListener("abort", end, { once: true });
    watch(state, ["selection"], () => this.loop && this.reroute());
    watch(state, ["columns"], () => this.skip && this.reroute());
    watch(state, ["meta"], () => this.recordingChanged());
  }

  toggle(play = !this.engine.playing): void {
    if (play) void this.engine.play();
    else this.engine.pause();
  }

  /** `play`: also start playing. */
  seek(ms: number, play = false): void {
    this.dropRanges();
    const place = Math.min(Math.max(0, ms), this.state.meta.duration);
    const selected = this.loop ? this.state.selectedTime() : null;
    if (selected && (place < selected[0] - 1 || place >= selected[1])) this.setLoop(false);
    this.engine.seek(place);
    if (play && !this.engine.playing) void this.engine.play();
    this.tick();
    this.report(true);
  }

  skipBy(ms: number): void {
    this.seek(this.engine.ms + ms);
  }

  /** The recording is another one now, or is there at last: the new one goes on where the old one was. */
  private recordingChanged(): void {
    const source = this.sourceNow();
    if (source === this.source) return;
    this.source = source;
    const { ms, playing } = this.engine;
    this.engine.dispose();
    this.engine = this.makeEngine(this.state.meta.has_audio);
    this.engine.setRate(this.rate);
    this.engine.seek(ms);
    if (playing) void this.engine.play();
    this.changed();
  }

  /** Plays these stretches in order, then stops. */
  playRanges(ranges: Stretch[]): void {
    if (!ranges.length) return;
    this.engine.pause();
    this.ranges = ranges;
    this.engine.setRoute(this.route());
    this.engine.seek(ranges[0][0]);
    void this.engine.play();
  }

  setRate(rate: number): void {
    const next = clampRate(rate);
    if (next === this.rate) return;
    this.rate = next;
    this.engine.setRate(next);
    this.state.page.set({ rate: next });
  }

  setSkip(skip: boolean): void {
    this.skip = skip;
    this.reroute();
  }

  setLoop(loop: boolean): void {
    this.loop = loop && this.state.selectedTime() !== null;
    this.reroute();
    if (loop && !this.state.selectedTime())
      this.notice("Select words or a stretch of the timeline first, then loop it.");
  }

  /** Without some tracks the sound comes from the kernel, which adds up the others. */
  setMuted(muted: ReadonlySet<number>): void {
    this.muted = muted;
    this.recordingChanged();
  }

  private sourceNow(): string {
    const { has_audio, audio_url, recording } = this.state.meta;
    return `${has_audio} ${audio_url} ${recording} ${[...this.muted].sort()}`;
  }

  private makeEngine(kind: string): Engine {
    const { meta } = this.state;
    const muted = [...this.muted];
    if (muted.length) kind = "comm";
    if ((kind === "url" || kind === "server") && meta.audio_url) {
      return new MediaEngine(meta.audio_url, this.route(), this.events);
    }
    if (kind === "none" || kind === "ask") return new SilentEngine(this.events);
    const fetch = async (from_ms: number, to_ms: number) => {
      const late = window.setTimeout(() => {
        const busy = cellRuns(this.state.model);
        const why = busy ? "is busy with a cell" : "does not answer: it is busy with a cell, or gone";
        this.waits(`The kernel ${why}. Its sound is waited for.`);
      }, LATE);
      try {
        const asked = { from_ms, to_ms, rate: meta.sample_rate, ...(muted.length ? { muted } : {}) };
        const { buffers } = await this.channel.request("audio", asked);
        return new Int16Array(buffers[0] ?? new ArrayBuffer(0));
      } finally {
        window.clearTimeout(late);
        this.waits("");
      }
    };
    return new DecodedEngine(fetch, meta.sample_rate, meta.duration, this.route(), this.events);
  }

  private route(): Route {
    if (this.ranges) return new Route(this.ranges);
    const whole: Stretch[] = [[0, this.state.meta.duration]];
    const selected = this.loop ? this.state.selectedTime() : null;
    let stretches: Stretch[] = selected ? [selected] : whole;
    if (this.skip) stretches = intersect(speech(this.state.columns, PAUSE, MARGIN), stretches);
    return new Route(stretches.length ? stretches : whole, selected !== null);
  }

  private reroute(): void {
    this.engine.setRoute(this.route());
  }

  private dropRanges(): void {
    if (!this.ranges) return;
    this.ranges = null;
    this.engine.setRoute(this.route());
  }

  private failed(reason: string): void {
    if (this.engine instanceof MediaEngine && !reason.includes("click")) {
      // No codec, or the address is out of reach: the kernel may still be able to decode the recording.
      const at = this.engine.ms;
      this.engine.dispose();
      this.engine = this.makeEngine("comm");
      this.engine.setRate(this.rate);
      this.engine.seek(at);
      return;
    }
    this.notice(reason);
  }

  private changed(): void {
    if (!this.engine) return; // still being made
    this.playing = this.engine.playing;
    this.waiting = this.engine.waiting;
    this.tick();
    this.report(true);
    if (this.engine.playing) this.run();
  }

  private run(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.tick();
      this.report(false);
      if (this.engine.playing) this.run();
    });
  }

  private tick(): void {
    const { state } = this;
    const ms = Math.min(this.engine.ms, state.meta.duration);
    batch(() => {
      state.ms = ms;
      state.word = wordAtTime(state.columns, ms);
    });
  }

  private report(now: boolean): void {
    const { playing } = this.engine;
    const time = Math.round(this.engine.ms) / 1000;
    const at = performance.now();
    if (!now && at - this.reported.at < REPORT) return;
    if (time === this.reported.time && playing === this.reported.playing) return;
    const turned = playing !== this.reported.playing;
    this.reported = { time, at, playing };
    this.state.page.set(turned ? { playing, current_time: time } : { current_time: time });
  }
}
