// One interface for sound, whatever brings it: an <audio> element or decoded pieces from the kernel.
import type { Route } from "./route.ts";

export interface Engine {
  /** Where the listener is, in milliseconds of the recording. */
  readonly ms: number;
  readonly playing: boolean;
  /** Wants to play, but the sound is not here yet. */
  readonly waiting: boolean;
  setRate(rate: number): void;
  /** Which stretches are heard, and in which order. ClipRecorder effect at once. */
  setRoute(route: Route): void;
  /** Only ever after a user's act or the kernel's explicit request. */
  play(): Promise<void>;
  pause(): void;
  seek(ms: number): void;
  dispose(): void;
}

export interface EngineEvents {
  /** Playing, waiting or position changed by something else than the passing of time. */
  changed(): void;
  /** The route was played to its end. */
  finished(): void;
  /** The source cannot be played. */
  failed(reason: string): void;
}

export const MIN_RATE = 0.5;
export const MAX_RATE = 3;

export function clampRate(rate: number): number {
  return Number.isFinite(rate) ? Math.min(MAX_RATE, Math.max(MIN_RATE, rate)) : 1;
}
