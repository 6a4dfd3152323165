// Overview strip of the whole recording, shown while the timeline is zoomed in.

import { h } from "../ui/dom.ts";
import { followPointer } from "../ui/drag.ts";
import type { Peaks } from "./peaks.ts";
import type { State } from "./state.ts";
import { drawWave, type Palette, type Window } from "./timeline-draw.ts";

const HEIGHT = 20;

/** The timeline whose view the strip shows and moves. */
interface Zoomable {
  readonly view: Window;
  readonly peaks: Peaks;
  readonly palette: Palette;
  show(from: number): void;
}

export class Minimap {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas");
  private readonly frame = h("div", { class: "aai-frame" });
  private readonly head = h("div", { class: "aai-minihead" });

  constructor(
    private readonly state: State,
    private readonly timeline: Zoomable,
  ) {
    const pointerdown = (event: PointerEvent) => {
      this.element.setPointerCapture(event.pointerId);
      this.centre(event);
      followPointer(this.element, state.signal, { move: (next) => this.centre(next) });
    };
    this.element = h(
      "div",
      { class: "aai-minimap", hidden: true, "aria-hidden": "true", on: { pointerdown } },
      this.canvas,
      this.frame,
      this.head,
    );
  }

  paint(shown: boolean): void {
    this.element.hidden = !shown;
    if (!shown) return;
    const width = this.element.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(HEIGHT * ratio);
    const ctx = this.canvas.getContext("2d")!;
    ctx.scale(ratio, ratio);
    const { duration } = this.state.meta;
    drawWave(ctx, width, 0, HEIGHT, this.state, { from: 0, to: duration }, this.timeline.peaks, this.timeline.palette);
    const { from, to } = this.timeline.view;
    this.frame.style.left = `${(from / duration) * 100}%`;
    this.frame.style.width = `${Math.max(0.4, ((to - from) / duration) * 100)}%`;
  }

  place(): void {
    const left = `${((this.state.ms / this.state.meta.duration) * 100).toFixed(1)}%`;
    if (!this.element.hidden && left !== this.head.style.left) this.head.style.left = left;
  }

  private centre(event: PointerEvent): void {
    const box = this.element.getBoundingClientRect();
    const { view } = this.timeline;
    const ms = ((event.clientX - box.left) / Math.max(1, box.width)) * this.state.meta.duration;
    this.timeline.show(ms - (view.to - view.from) / 2);
  }
}
