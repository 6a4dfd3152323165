// Base of the seven views: root element, theme, channel to the kernel, and one AbortSignal that ends what the view began.
//
// Listeners on whatever lives as long as the view, or longer (its parts, the model, the document), take the signal.
// Elements that are made anew meanwhile take their handlers with them: a signal would hold them until its end.
import { Channel } from "./channel.ts";
import { listen, type Model, type Render, type RenderContext } from "./host.ts";
import { h, keepKeys } from "./ui/dom.ts";
import { holdFocus } from "./ui/hold_focus.ts";
import { Theme } from "./ui/theme.ts";

export interface Frame {
  /** Class of the root, after "aai-". */
  name: string;
  /** What screen readers call the view. */
  label: string;
  tabindex?: string;
}

export class View<T extends object> {
  readonly model: Model<T>;
  /** Where the host put the view; the root is in it. */
  readonly el: HTMLElement;
  readonly root: HTMLElement;
  readonly channel: Channel;
  readonly theme: Theme;
  /** Lets go of the keyboard: the next key is the notebook's. */
  readonly letGo: () => void;
  private readonly end = new AbortController();

  constructor({ model, el, signal }: RenderContext<T>, { name, label, tabindex = "0" }: Frame) {
    this.model = model;
    this.el = el;
    this.root = h("div", { class: `aai aai-${name}`, tabindex, role: "group", "aria-label": label });
    keepKeys(this.root, this.signal);
    this.letGo = holdFocus(this.root, this.signal);
    el.append(this.root);
    this.theme = new Theme(this.root, el, this.signal);
    this.channel = new Channel(model);
    signal?.addEventListener("abort", this.close, { once: true });
  }

  /** Aborted when the view is closed, before its channel and its root go. */
  get signal(): AbortSignal {
    return this.end.signal;
  }

  /** Calls `changed` whenever one of these traits changes. */
  on(traits: readonly (keyof T & string)[], changed: () => void): void {
    for (const trait of traits) listen(this.model, `change:${trait}`, () => changed(), this.signal);
  }

  /** Calls `work` every so often. */
  every(ms: number, work: () => void): void {
    const timer = window.setInterval(work, ms);
    this.atEnd(() => window.clearInterval(timer));
  }

  atEnd(work: () => void): void {
    this.signal.addEventListener("abort", work, { once: true });
  }

  /** Releases everything; may be called more than once. */
  readonly close = (): void => {
    this.end.abort();
    this.channel.dispose();
    this.root.remove();
  };
}

/** The renderer of a view, from the function that fills it. */
export function renderer<T extends object>(frame: Frame, fill: (view: View<T>) => void): Render<T> {
  return (context) => {
    const view = new View(context, frame);
    fill(view);
    return view.close;
  };
}
