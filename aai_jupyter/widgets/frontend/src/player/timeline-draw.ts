// Draws the still part of the timeline: ruler, waveform in the speakers' colours, who speaks when, layers, hits.

import { lastNotAbove } from "../data/columns.ts";
import { label } from "../data/safe.ts";
import { clock, tickStep } from "../data/time.ts";
import type { Layer } from "./codes.ts";
import type { Peaks } from "./peaks.ts";
import type { State } from "./state.ts";

export const RULER = 18;
export const WAVE = 56;
const LANE = 7;
const GAP = 2;
const STRIP = 9;
const BAND = 16;
const MOST_LANES = 6;
const BAR = 3; // px from one bar to the next

export interface Window {
  from: number;
  to: number;
}

export interface Palette {
  text: string;
  muted: string;
  line: string;
  tint: string;
  hit: string;
  accent: string;
  background: string;
  positive: string;
  negative: string;
  speakers: string[];
  none: string;
  font: string;
}

export function lanes(state: State): number {
  return state.speakers.length < 2 ? 0 : Math.min(state.speakers.length, MOST_LANES);
}

export function strips(state: State): string[] {
  return state.kinds().filter((kind) => state.shown.has(kind));
}

export function heightOf(state: State): number {
  const below = strips(state).reduce(
    (sum, kind) => sum + (kind === "chapter" || kind === "recording" ? BAND : STRIP) + GAP,
    0,
  );
  return RULER + WAVE + (lanes(state) ? 6 + lanes(state) * (LANE + GAP) : 0) + (below ? 4 + below : 0) + 2;
}

/** Draws all, or the waveform alone. */
export function drawTimeline(
  ctx: CanvasRenderingContext2D,
  width: number,
  state: State,
  view: Window,
  peaks: Peaks,
  palette: Palette,
  whole: boolean,
): void {
  const x = (ms: number) => ((ms - view.from) / (view.to - view.from)) * width;
  ctx.clearRect(0, 0, width, heightOf(state));
  drawWave(ctx, width, RULER, WAVE, state, view, peaks, palette);
  if (!whole) return;
  drawRuler(ctx, width, view, x, palette);
  let y = RULER + WAVE + 6;
  if (lanes(state)) {
    drawLanes(ctx, y, state, view, x, palette);
    y += lanes(state) * (LANE + GAP);
  }
  y += 4; // layerAt counts the same way
  for (const kind of strips(state)) {
    const tall = kind === "chapter" || kind === "recording";
    for (const layer of state.layers) {
      if (layer.kind === kind && layer.end > view.from && layer.start < view.to)
        drawLayer(ctx, layer, x, y, width, tall, palette);
    }
    y += (tall ? BAND : STRIP) + GAP;
  }
  drawHits(ctx, state, view, x, palette);
}

/** What lies under a point of the layers' strips. */
export function layerAt(state: State, y: number, ms: number, slack: number): Layer | undefined {
  let top = RULER + WAVE + 10 + (lanes(state) ? lanes(state) * (LANE + GAP) : 0);
  for (const kind of strips(state)) {
    const tall = kind === "chapter" || kind === "recording" ? BAND : STRIP;
    if (y >= top && y < top + tall + GAP) {
      return state.layers.find((layer) => layer.kind === kind && ms >= layer.start - slack && ms <= layer.end + slack);
    }
    top += tall + GAP;
  }
  return undefined;
}

function drawRuler(
  ctx: CanvasRenderingContext2D,
  width: number,
  view: Window,
  x: (ms: number) => number,
  palette: Palette,
): void {
  const step = tickStep((view.to - view.from) / width, 76);
  ctx.font = `10.5px ${palette.font}`;
  ctx.textBaseline = "middle";
  for (let ms = Math.ceil(view.from / step) * step; ms <= view.to; ms += step) {
    const at = Math.round(x(ms)) + 0.5;
    ctx.fillStyle = palette.line;
    ctx.fillRect(at - 0.5, RULER - 5, 1, 4);
    const text = clock(ms, step < 1000);
    const room = ctx.measureText(text).width;
    if (at + 4 + room > width) continue;
    ctx.fillStyle = palette.muted;
    ctx.fillText(text, at + 4, RULER / 2 - 1);
  }
}

export function speakerAt(state: State, ms: number): number {
  const { turnStart, turnEnd, speaker, turns } = state.columns;
  for (let turn = lastNotAbove(turnStart, ms, turns), back = 0; turn >= 0 && back < 4; turn--, back++) {
    if (turnEnd[turn] >= ms) return speaker[turn] < 0 ? -1 : speaker[turn];
  }
  return -2;
}

export function drawWave(
  ctx: CanvasRenderingContext2D,
  width: number,
  top: number,
  height: number,
  state: State,
  view: Window,
  peaks: Peaks,
  palette: Palette,
): void {
  const perPixel = (view.to - view.from) / width;
  const middle = top + height / 2;
  // Bars keep their place in time, so that the picture does not shimmer while it moves.
  const step = perPixel * BAR;
  // Turns of a pixel or two would be confetti: then only the lanes tell who speaks.
  const plain =
    !state.whole ||
    state.speakers.length < 2 ||
    (state.columns.turns * (view.to - view.from)) / state.meta.duration > width / 7;
  const muted = state.speakers.length > 1 && plain;
  let [fill, alpha] = ["", 0];
  const end = () => fill && ctx.fill();
  for (let ms = Math.floor(view.from / step) * step; ms < view.to; ms += step) {
    const at = (ms - view.from) / perPixel;
    const tall = Math.max(1.5, peaks.between(ms, ms + step) ** 0.8 * (height - 4));
    let [colour, opacity] = [palette.muted, 1];
    if (!muted) {
      const speaker = speakerAt(state, ms + step / 2);
      if (speaker === -2) [colour, opacity] = [palette.none, plain ? 1 : 0.55];
      else colour = speaker < 0 || plain ? palette.accent : palette.speakers[speaker % palette.speakers.length];
    }
    // Bars of one colour are one path: a fill for each would take most of the time.
    if (colour !== fill || opacity !== alpha) {
      end();
      [fill, alpha] = [colour, opacity];
      ctx.fillStyle = fill;
      ctx.globalAlpha = alpha;
      ctx.beginPath();
    }
    ctx.roundRect(at, middle - tall / 2, BAR - 1, tall, 1);
  }
  end();
  ctx.globalAlpha = 1;
}

function drawLanes(
  ctx: CanvasRenderingContext2D,
  top: number,
  state: State,
  view: Window,
  x: (ms: number) => number,
  palette: Palette,
): void {
  const count = lanes(state);
  const { columns: c } = state;
  const right = x(view.to);
  for (let lane = 0; lane < count; lane++) {
    ctx.fillStyle = palette.tint;
    ctx.globalAlpha = 0.75;
    ctx.fillRect(0, top + lane * (LANE + GAP), right, LANE);
  }
  ctx.globalAlpha = 1;
  // Turns that touch on the screen are one bar, and all bars of a speaker one path.
  const bars = new Map<number, { path: Path2D; from: number; to: number }>();
  const add = (speaker: number, from: number, to: number) => {
    const bar = bars.get(speaker);
    if (bar && from <= bar.to) {
      bar.to = Math.max(bar.to, to);
      return;
    }
    const path = bar?.path ?? new Path2D();
    if (bar) rectangle(bar.path, speaker, bar.from, bar.to);
    bars.set(speaker, { path, from, to });
  };
  const rectangle = (path: Path2D, speaker: number, from: number, to: number) =>
    path.rect(from, top + Math.min(speaker, count - 1) * (LANE + GAP), to - from, LANE);
  for (let turn = 0; turn < c.turns; turn++) {
    if (c.turnEnd[turn] < view.from || c.turnStart[turn] > view.to || c.speaker[turn] < 0) continue;
    const from = Math.max(0, x(c.turnStart[turn]));
    add(c.speaker[turn], from, Math.max(from + 1, Math.min(right, x(c.turnEnd[turn]))));
  }
  for (const [speaker, { path, from, to }] of bars) {
    rectangle(path, speaker, from, to);
    ctx.fillStyle = palette.speakers[speaker % palette.speakers.length];
    ctx.fill(path);
  }
}

function drawLayer(
  ctx: CanvasRenderingContext2D,
  layer: Layer,
  x: (ms: number) => number,
  y: number,
  width: number,
  tall: boolean,
  palette: Palette,
): void {
  const from = Math.max(0, x(layer.start));
  const to = Math.min(width, Math.max(x(layer.end), x(layer.start) + 2));
  const value = String(layer.value).toUpperCase();
  if (tall) {
    ctx.fillStyle = palette.tint;
    ctx.beginPath();
    ctx.roundRect(from + 0.5, y, Math.max(1, to - from - 1), BAND, 3);
    ctx.fill();
    if (to - from < 30) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, y, to - from - 4, BAND);
    ctx.clip();
    ctx.fillStyle = palette.text;
    ctx.font = `10.5px ${palette.font}`;
    ctx.fillText(label(layer.value || layer.label, 80), from + 6, y + BAND / 2 + 0.5);
    ctx.restore();
    return;
  }
  if (layer.kind === "sentiment") {
    if (value === "NEUTRAL") return;
    ctx.fillStyle = value === "POSITIVE" ? palette.positive : palette.negative;
    // The direction says it too, not only the colour.
    ctx.fillRect(from, value === "POSITIVE" ? y : y + STRIP / 2, Math.max(1, to - from), STRIP / 2);
    return;
  }
  ctx.fillStyle = layer.colour
    ? layer.colour
    : layer.kind === "redaction"
      ? palette.text
      : layer.kind === "highlight"
        ? palette.hit
        : palette.accent;
  ctx.beginPath();
  ctx.roundRect(from, y + 1.5, Math.max(2.5, to - from), STRIP - 3, 2);
  ctx.fill();
}

function drawHits(
  ctx: CanvasRenderingContext2D,
  state: State,
  view: Window,
  x: (ms: number) => number,
  palette: Palette,
): void {
  const { hits, hit, columns: c } = state;
  let last = -9;
  const mark = (i: number, colour: string, size: number) => {
    const at = Math.round(x(c.start[hits.word[i]]));
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.roundRect(at - size / 2, RULER - 3, size, WAVE + 4, size / 2);
    ctx.globalAlpha = size > 2 ? 1 : 0.75;
    ctx.fill();
    ctx.globalAlpha = 1;
    return at;
  };
  for (let i = 0; i < hits.length; i++) {
    const start = c.start[hits.word[i]];
    if (start < view.from || start > view.to || Math.abs(x(start) - last) < 1) continue;
    last = mark(i, palette.hit, 2);
  }
  if (hit >= 0 && c.start[hits.word[hit]] >= view.from && c.start[hits.word[hit]] <= view.to)
    mark(hit, palette.text, 3);
}
