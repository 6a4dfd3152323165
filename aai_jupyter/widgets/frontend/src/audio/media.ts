// Plays a URL through an <audio> element: the browser streams, decodes and keeps the pitch.
import { clampRate, type Engine, type EngineEvents } from "./engine.ts";
import type { Route } from "./route.ts";

const PROTOCOLS = ["http:", "https:", "blob:"];

export class MediaEngine implements Engine {
  private readonly audio = document.createElement("audio");
  private readonly timer: number;
  private wanted = 0;

  constructor(
    url: string,
    private route: Route,
    private readonly events: EngineEvents,
  ) {
    const { audio } = this;
    audio.preload = "metadata";
    audio.preservesPitch = true;
    for (const name of ["play", "pause", "seeked", "waiting", "playing", "ended"]) {
      audio.addEventListener(name, () => this.events.changed());
    }
    audio.addEventListener("error", () => this.events.failed("The browser cannot play this file."));
    audio.addEventListener("loadedmetadata", () => {
      if (Math.abs(audio.currentTime * 1000 - this.wanted) > 1) audio.currentTime = this.wanted / 1000;
    });
    this.timer = window.setInterval(() => this.follow(), 20);
    if (PROTOCOLS.includes(new URL(url, document.baseURI).protocol)) audio.src = url;
    else queueMicrotask(() => this.events.failed("This address is not one a browser plays."));
  }

  get ms(): number {
    return this.audio.readyState ? this.audio.currentTime * 1000 : this.wanted;
  }

  get playing(): boolean {
    return !this.audio.paused && !this.audio.ended;
  }

  get waiting(): boolean {
    return this.playing && this.audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  setRate(rate: number): void {
    this.audio.playbackRate = clampRate(rate);
  }

  setRoute(route: Route): void {
    this.route = route;
    const now = this.playing ? route.enter(this.ms) : null;
    if (now !== null && now !== this.ms) this.seek(now);
  }

  async play(): Promise<void> {
    const start = this.route.enter(this.ms) ?? this.route.restart();
    if (start === null) return;
    if (start !== this.ms) this.seek(start);
    try {
      await this.audio.play();
    } catch (error) {
      if ((error as DOMException).name === "NotAllowedError") {
        this.events.failed("The browser wants a click before it plays: press play.");
      }
    }
  }

  pause(): void {
    this.audio.pause();
  }

  seek(ms: number): void {
    this.wanted = Math.max(0, ms);
    this.route.enter(this.wanted);
    if (this.audio.readyState) this.audio.currentTime = this.wanted / 1000;
    this.events.changed();
  }

  dispose(): void {
    window.clearInterval(this.timer);
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  private follow(): void {
    if (!this.playing || this.audio.seeking || this.ms < this.route.end) return;
    const next = this.route.next();
    if (next === null) {
      this.audio.pause();
      this.events.finished();
    } else if (Math.abs(next - this.ms) > 30) {
      this.audio.currentTime = next / 1000;
    }
  }
}
