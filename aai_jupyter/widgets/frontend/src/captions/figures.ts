// The session's metrics in words: elapsed and billed time, cost, latency.
import { clock } from "../data/time.ts";
import type { Figures } from "../traits/captions.ts";
import { h } from "../ui/dom.ts";

export const NO_FIGURES: Figures = {
  sound: 0,
  billed: 0,
  cost: null,
  partial: null,
  final: null,
  behind: 0,
  lost: 0,
  level: 0,
  levels: [],
};

export function dollars(usd: number): string {
  return usd < 0.995 ? `$${usd.toFixed(3)}` : `$${usd.toFixed(2)}`;
}

export function billedText(figures: Figures): string {
  return figures.cost === null ? "free" : `${clock(figures.billed * 1000)} billed, about ${dollars(figures.cost)}`;
}

export function latencyText(figures: Figures): string {
  const parts = [];
  if (figures.partial !== null) parts.push(`${figures.partial.toFixed(1)} s while speaking`);
  if (figures.final !== null) parts.push(`${figures.final.toFixed(1)} s final`);
  return parts.join(", ");
}

export function behindText(figures: Figures): string {
  return figures.behind > 0 ? `text ${figures.behind.toFixed(0)} s behind, catching up` : "";
}

export class FiguresLine {
  private readonly elapsed = h("span", { class: "aai-time", title: "Sound so far" });
  private readonly billed = h("span", { class: "aai-cap-figure" });
  private readonly latency = h("span", {
    class: "aai-cap-figure",
    title: "Delay of the captions: median time from the end of a word to its caption",
  });
  private readonly lost = h("span", { class: "aai-cap-figure aai-cap-lost" });
  private readonly behind = h("span", {
    class: "aai-cap-figure aai-cap-behind",
    title: "The sound is kept; its text follows",
  });
  readonly element = h(
    "div",
    { class: "aai-cap-figures" },
    this.elapsed,
    this.behind,
    this.billed,
    this.latency,
    this.lost,
  );

  show(figures: Figures, price: string): void {
    this.elapsed.textContent = clock(figures.sound * 1000);
    this.billed.textContent = billedText(figures);
    this.billed.title = price;
    this.behind.textContent = behindText(figures);
    this.latency.textContent = latencyText(figures) && `delay ${latencyText(figures)}`;
    this.lost.textContent = figures.lost > 0 ? `${figures.lost.toFixed(1)} s of sound lost` : "";
  }
}
