// Loudness at any zoom: the coarse peaks that came with the transcript, finer ones asked for where one looks.

import type { Channel } from "../channel.ts";
import { watch } from "../ui/reactive.ts";
import type { State } from "./state.ts";

const FINEST = 10; // ms per pair; each level is four times the one before
const TILE = 1024; // pairs per request
const KEPT = 48;

type Tile = { pairs: Int8Array; from: number; step: number } | "asked" | "none";

export class Peaks {
  private readonly tiles = new Map<string, Tile>();
  private refused = false;

  constructor(
    private readonly state: State,
    private readonly channel: Channel,
    private readonly arrived: () => void,
  ) {
    // The kernel makes the outline little by little; what was not ready may be now.
    watch(state, ["peaks"], () => {
      this.loudest = 0;
      this.refused = false;
      for (const [key, tile] of this.tiles) if (tile === "none") this.tiles.delete(key);
    });
  }

  private loudest = 0;

  /** Largest value of the recording, so that quiet recordings are seen too; of what is there while there is no outline. */
  get scale(): number {
    if (!this.loudest) {
      const there = [...this.tiles.values()].map((tile) => (typeof tile === "string" ? [] : tile.pairs));
      for (const pairs of this.state.peaks.length ? [this.state.peaks] : there) {
        for (const value of pairs) this.loudest = Math.max(this.loudest, Math.abs(value));
      }
      this.loudest = Math.max(this.loudest, 8);
    }
    return this.loudest;
  }

  /** Loudness 0..1 between two times. */
  between(from: number, to: number): number {
    const coarse = this.state.peaks;
    const step = this.state.meta.duration / Math.max(1, coarse.length / 2);
    if (to - from >= step * 0.8 || this.refused) return loudness(coarse, 0, step, from, to) / this.scale;
    const tile = this.tile(from, to - from);
    if (!tile || typeof tile === "string") return loudness(coarse, 0, step, from, to) / this.scale;
    return Math.min(1, loudness(tile.pairs, tile.from, tile.step, from, to) / this.scale);
  }

  private tile(from: number, span: number): Tile | undefined {
    let level = FINEST;
    while (level * 4 <= span) level *= 4;
    const index = Math.floor(from / (level * TILE));
    const key = `${level}:${index}`;
    const tile = this.tiles.get(key);
    if (tile) return tile;
    this.tiles.set(key, "asked");
    if (this.tiles.size > KEPT) this.tiles.delete(this.tiles.keys().next().value!);
    const from_ms = index * level * TILE;
    const to_ms = Math.min(this.state.meta.duration, from_ms + level * TILE);
    this.channel
      .request("peaks", { level, from_ms, to_ms })
      .then(({ message, buffers }) => {
        const pairs = new Int8Array(buffers[0] ?? new ArrayBuffer(0));
        if (!pairs.length) this.refused = true;
        if (!this.state.peaks.length) this.loudest = 0;
        const start = Number(message.from_ms ?? from_ms);
        this.tiles.set(key, pairs.length ? { pairs, from: start, step: Number(message.level ?? level) } : "none");
        this.arrived();
      })
      .catch(() => {
        this.refused = true;
        this.tiles.set(key, "none");
      });
    return undefined;
  }
}

function loudness(pairs: Int8Array, origin: number, step: number, from: number, to: number): number {
  const count = pairs.length / 2;
  const first = Math.max(0, Math.floor((from - origin) / step));
  const last = Math.min(count - 1, Math.max(first, Math.ceil((to - origin) / step) - 1));
  let most = 0;
  for (let i = first; i <= last; i++) most = Math.max(most, -pairs[2 * i], pairs[2 * i + 1]);
  return most;
}
