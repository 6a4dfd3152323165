// A loudness meter.
import { label } from "../data/safe.ts";
import { h } from "./dom.ts";

/** Loudness as people hear it: -60 dB and below is 0, full scale is 1. */
export function loudness(rms: number): number {
  return rms <= 0 ? 0 : Math.max(0, Math.min(1, 1 + Math.log10(rms) / 3));
}

export class Meter {
  private readonly bar = h("i", {});
  private readonly meter: HTMLElement;
  readonly element: HTMLElement;

  private readonly whose = h("span", { "aria-hidden": "true" });

  /** `named`: there are several meters, and each says whose sound it shows. */
  constructor(named = false) {
    this.meter = h(
      "span",
      {
        class: "aai-meter",
        role: "meter",
        "aria-label": "Loudness",
        "aria-valuemin": "0",
        "aria-valuemax": "100",
      },
      this.bar,
    );
    this.element = named ? h("span", { class: "aai-metered" }, this.whose, this.meter) : this.meter;
  }

  name(whose: string): void {
    const name = label(whose, 40);
    if (this.whose.textContent === name) return;
    this.whose.textContent = name;
    this.meter.setAttribute("aria-label", `Loudness: ${name}`);
  }

  /** Root mean square of the newest sound, 0 to 1. */
  show(rms: number): void {
    const percent = String(Math.round(100 * loudness(rms)));
    this.bar.style.width = `${percent}%`;
    this.meter.setAttribute("aria-valuenow", percent);
  }
}
