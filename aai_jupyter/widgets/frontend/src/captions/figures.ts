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
  lost: 0,
  level: 0,
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

export class FiguresLine {
  private readonly elapsed = h("span", { class: "aai-time", title: "Sound so far" });
  private readonly billed = h("span", { class: "aai-cap-figure" });
  private readonly latency = h("span", {
    class: "aai-cap-figure",
    title: "Delay of the captions: median time from the end of a word to its caption",
  });
  private readonly lost = h("span", { class: "aai-cap-figure aai-cap-lost" });
  readonly element = h("div", { class: "aai-cap-figures" }, this.elapsed, this.billed, this.latency, this.lost);

  show(figures: Figures, price: string): void {
    this.elapsed.textContent = clock(figures.sound * 1000);
    this.billed.textContent = billedText(figures);
    this.billed.title = price;
    this.latency.textContent = latencyText(figures) && `delay ${latencyText(figures)}`;
    this.lost.textContent = figures.lost > 0 ? `${figures.lost.toFixed(1)} s of sound lost` : "";
  }
}
