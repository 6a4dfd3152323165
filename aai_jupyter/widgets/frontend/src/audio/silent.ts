// Audio engine without audio: seeking still moves through the transcript.
import type { Engine, EngineEvents } from "./engine.ts";

export class SilentEngine implements Engine {
  ms = 0;
  readonly playing = false;
  readonly waiting = false;

  constructor(private readonly events: EngineEvents) {}

  setRate(): void {}
  setRoute(): void {}
  async play(): Promise<void> {
    this.events.failed("This transcript has no recording to play.");
  }
  pause(): void {}
  seek(ms: number): void {
    this.ms = Math.max(0, ms);
    this.events.changed();
  }
  dispose(): void {}
}
