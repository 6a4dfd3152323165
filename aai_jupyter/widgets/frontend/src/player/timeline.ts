// The timeline: what one does with it. The picture under it is drawn once per view, not once per frame; the
// playhead, the selection and the pointer's line are elements that only move.

import type { Channel } from "../channel.ts";
import { label } from "../data/safe.ts";
import { clock, spoken } from "../data/time.ts";
import { afterPaint, h, onResize, perFrame } from "../ui/dom.ts";
import { followPointer } from "../ui/drag.ts";
import { watch } from "../ui/reactive.ts";
import type { Theme } from "../ui/theme.ts";
import { Minimap } from "./minimap.ts";
import { Peaks } from "./peaks.ts";
import type { State } from "./state.ts";
import { drawTimeline, heightOf, layerAt, type Palette, RULER, speakerAt, type Window } from "./timeline-draw.ts";
import type { Transport } from "./transport.ts";

const CLOSEST = 1500; // ms: the narrowest view
const SLOP = 4; // px a click may move

export class Timeline {
  readonly element: HTMLElement;
  readonly view: Window;
  readonly peaks: Peaks;
  private colours: Palette | undefined;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly head = h("div", { class: "aai-playhead" });
  private readonly band = h("div", { class: "aai-band", hidden: true });
  private readonly hover = h("div", { class: "aai-hover", hidden: true });
  private readonly stage: HTMLElement;
  private readonly minimap: Minimap;
  private width = 0;
  private seen = false;
  private rest = () => {};
  private told = -1;
  private headAt = NaN;
  private pinched: { apart: number; span: number; ms: number } | null = null;
  readonly draw: () => void;

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    channel: Channel,
    private readonly theme: Theme,
  ) {
    const { signal } = state;
    this.draw = perFrame(signal, () => this.paint());
    this.view = { from: 0, to: state.meta.duration };
    this.peaks = new Peaks(state, channel, () => this.draw());
    this.stage = h(
      "div",
      {
        class: "aai-stage",
        role: "slider",
        tabindex: "0",
        "aria-label": "Position in the recording",
        "aria-valuemin": "0",
        "aria-orientation": "horizontal",
      },
      this.canvas,
      this.band,
      this.hover,
      this.head,
    );
    // A height that changed with the first picture would move all that is below it.
    for (const one of [this.stage, this.canvas]) one.style.height = `${heightOf(state)}px`;
    this.minimap = new Minimap(state, this);
    this.element = h("div", { class: "aai-timeline" }, this.minimap.element, this.stage);
    this.listen();
    onResize(signal, [this.stage], this.draw);
    signal.addEventListener("abort", () => this.rest(), { once: true });
    const drawn = ["meta", "columns", "peaks", "speakers", "layers", "shown", "hits", "hit"] as const;
    watch(state, drawn, this.draw);
    watch(state, ["selection"], () => this.placeBand());
    watch(state, ["ms"], () => this.moved());
  }

  get zoomed(): boolean {
    return this.view.to - this.view.from < this.state.meta.duration * 0.999;
  }

  /** Zooms by a factor about a time; above 1 shows less. */
  zoom(factor: number, about = this.middle()): void {
    const span = this.view.to - this.view.from;
    const next = Math.min(this.state.meta.duration, Math.max(CLOSEST, span / factor));
    this.show(about - ((about - this.view.from) / span) * next, next);
  }

  fit(): void {
    this.show(0, this.state.meta.duration);
  }

  show(from: number, span = this.view.to - this.view.from): void {
    const { duration } = this.state.meta;
    this.view.from = Math.max(0, Math.min(from, duration - span));
    this.view.to = Math.min(duration, this.view.from + span);
    this.draw();
  }

  private middle(): number {
    const { ms } = this.state;
    return ms >= this.view.from && ms <= this.view.to ? ms : (this.view.from + this.view.to) / 2;
  }

  private at(event: { clientX: number }): number {
    const box = this.stage.getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(1, box.width);
    return Math.round(
      Math.min(this.view.to, Math.max(this.view.from, this.view.from + share * (this.view.to - this.view.from))),
    );
  }

  private x(ms: number): number {
    return ((ms - this.view.from) / (this.view.to - this.view.from)) * this.width;
  }

  /** The colours may have changed: they are read with the next picture, when the page knows its styles anyway. */
  forgetPalette(): void {
    this.colours = undefined;
    this.draw();
  }

  get palette(): Palette {
    this.colours ??= this.readPalette();
    return this.colours;
  }

  private readPalette(): Palette {
    const names = ["fg", "muted", "line", "band", "hit", "accent", "bg", "positive", "negative", "faint"];
    for (let i = 0; i < 8; i++) names.push(`sp${i}`);
    const found = this.theme.colours(names.map((name) => `var(--aai-${name})`));
    const [text, muted, line, tint, hit, accent, background, positive, negative, none, ...speakers] = found;
    return {
      ...{ text, muted, line, tint, hit, accent, background, positive, negative, none, speakers },
      font: getComputedStyle(this.stage).fontFamily || "sans-serif",
    };
  }

  private paint(): void {
    const width = this.stage.clientWidth;
    const height = heightOf(this.state);
    this.width = width;
    if (!width) return;
    const ratio = window.devicePixelRatio || 1;
    const { canvas } = this;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = `${height}px`;
      this.stage.style.height = `${height}px`;
    }
    const ctx = canvas.getContext("2d")!;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawTimeline(ctx, width, this.state, this.view, this.peaks, this.palette, this.seen);
    if (!this.seen) {
      // The waveform is seen first. Fonts, turns and layers take as long again, and come with the next picture.
      this.seen = true;
      this.rest = afterPaint(this.draw);
    }
    this.minimap.paint(this.zoomed);
    this.placeBand();
    this.placeHead();
  }

  private moved(): void {
    const { ms } = this.state;
    const span = this.view.to - this.view.from;
    // Turns the page when the playhead leaves it; does not run after someone who looks elsewhere.
    if (this.zoomed && this.transport.playing && ms > this.view.to && ms < this.view.to + span * 0.2)
      this.show(ms - span * 0.05);
    this.placeHead();
    const second = Math.floor(ms / 1000);
    if (second === this.told) return;
    this.told = second;
    const speaker = speakerAt(this.state, ms);
    this.stage.setAttribute("aria-valuemax", String(Math.round(this.state.meta.duration / 1000)));
    this.stage.setAttribute("aria-valuenow", String(second));
    this.stage.setAttribute(
      "aria-valuetext",
      `${spoken(ms)} of ${spoken(this.state.meta.duration)}${speaker >= 0 ? `, ${this.state.name(speaker)}` : ""}`,
    );
  }

  private placeHead(): void {
    this.minimap.place();
    // Every change costs a frame's work: whole device pixels are enough.
    const ratio = window.devicePixelRatio || 1;
    const at = Math.round(this.x(this.state.ms) * ratio) / ratio;
    if (at === this.headAt) return;
    this.headAt = at;
    this.head.style.transform = `translateX(${at}px)`;
    const away = at < -1 || at > this.width + 1;
    if (away !== this.head.hidden) this.head.hidden = away;
  }

  private placeBand(): void {
    const selected = this.state.selectedTime();
    this.band.hidden = !selected;
    if (!selected) return;
    const from = Math.max(-4, this.x(selected[0]));
    const to = Math.min(this.width + 4, this.x(selected[1]));
    this.band.hidden = to < 0 || from > this.width;
    this.band.style.transform = `translateX(${from}px)`;
    this.band.style.width = `${Math.max(2, to - from)}px`;
  }

  private listen(): void {
    const { stage, state } = this;
    const { signal } = state;
    stage.addEventListener("pointerdown", (event) => this.drag(event), { signal });
    stage.addEventListener("pointermove", (event) => this.point(event), { signal });
    stage.addEventListener("pointerleave", () => (this.hover.hidden = true), { signal });
    stage.addEventListener("dblclick", () => state.select(null), { signal });
    stage.addEventListener("touchmove", (event) => this.pinch(event), { passive: false, signal });
    stage.addEventListener("touchend", () => (this.pinched = null), { signal });
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false, signal });
  }

  /** Says what is under the pointer. */
  private point(event: PointerEvent): void {
    const { state, stage, hover } = this;
    const ms = this.at(event);
    const speaker = speakerAt(state, ms);
    hover.hidden = event.pointerType === "touch";
    hover.style.transform = `translateX(${this.x(ms)}px)`;
    hover.dataset.side = this.x(ms) > this.width / 2 ? "left" : "right";
    const perPixel = (this.view.to - this.view.from) / Math.max(1, this.width);
    const layer = layerAt(state, event.clientY - stage.getBoundingClientRect().top, ms, 2 * perPixel);
    const parts = layer ? [layer.value, layer.text] : [speaker >= 0 ? state.name(speaker) : ""];
    const what = parts
      .filter(Boolean)
      .map((text) => label(text, layer ? 60 : undefined))
      .join(": ");
    hover.dataset.time = `${clock(ms, this.view.to - this.view.from < 12e4)}${what ? ` · ${what}` : ""}`;
  }

  /** A click seeks; a drag over waveform and lanes selects; a drag on the ruler scrubs; edges can be moved. */
  private drag(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { stage } = this;
    const box = stage.getBoundingClientRect();
    const begin = event.clientX;
    const scrub = event.clientY - box.top < RULER;
    let anchor = this.at(event);
    const selected = this.state.selectedTime();
    const edge = selected?.findIndex((ms) => Math.abs(this.x(ms) - (begin - box.left)) < 6) ?? -1;
    if (selected && edge >= 0 && !scrub) anchor = selected[1 - edge];
    let moved = false;
    stage.setPointerCapture(event.pointerId);
    if (scrub) this.transport.seek(anchor);
    const move = (next: PointerEvent) => {
      if (this.pinched || (!moved && Math.abs(next.clientX - begin) < SLOP)) return;
      moved = true;
      const ms = this.at(next);
      if (scrub) this.transport.seek(ms);
      else this.state.select({ kind: "time", start: Math.min(anchor, ms), end: Math.max(anchor, ms) });
    };
    const up = (last: PointerEvent) => {
      if (!moved && !scrub) this.transport.seek(this.at(last));
    };
    followPointer(stage, this.state.signal, { move, up });
  }

  /** Two fingers: their distance zooms, their middle pans. */
  private pinch(event: TouchEvent): void {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const [a, b] = [event.touches[0].clientX, event.touches[1].clientX];
    const box = this.stage.getBoundingClientRect();
    const apart = Math.max(20, Math.abs(a - b));
    const about = this.at({ clientX: (a + b) / 2 });
    this.pinched ??= { apart, span: this.view.to - this.view.from, ms: about };
    const span = Math.min(
      this.state.meta.duration,
      Math.max(CLOSEST, (this.pinched.span * this.pinched.apart) / apart),
    );
    this.show(this.pinched.ms - (((a + b) / 2 - box.left) / box.width) * span, span);
  }

  /** Pinch or Ctrl+wheel zooms, sideways pans. A plain wheel scrolls the page, unless the timeline has the focus. */
  private wheel(event: WheelEvent): void {
    const focusedHere = (this.stage.getRootNode() as Document | ShadowRoot).activeElement === this.stage;
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    const span = this.view.to - this.view.from;
    if (event.ctrlKey || event.metaKey || (focusedHere && Math.abs(event.deltaY) > Math.abs(sideways))) {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.004)), this.at(event));
    } else if (sideways && this.zoomed) {
      event.preventDefault();
      this.show(this.view.from + (sideways / Math.max(1, this.width)) * span);
    }
  }
}
