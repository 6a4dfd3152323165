// A loudness meter.
import { h } from "./dom.ts";

/** Loudness as people hear it: -60 dB and below is 0, full scale is 1. */
export function loudness(rms: number): number {
  return rms <= 0 ? 0 : Math.max(0, Math.min(1, 1 + Math.log10(rms) / 3));
}

export class Meter {
  private readonly bar = h("i", {});
  readonly element = h(
    "span",
    { class: "aai-meter", role: "meter", "aria-label": "Loudness", "aria-valuemin": "0", "aria-valuemax": "100" },
    this.bar,
  );

  /** Root mean square of the newest sound, 0 to 1. */
  show(rms: number): void {
    const percent = String(Math.round(100 * loudness(rms)));
    this.bar.style.width = `${percent}%`;
    this.element.setAttribute("aria-valuenow", percent);
  }
}
