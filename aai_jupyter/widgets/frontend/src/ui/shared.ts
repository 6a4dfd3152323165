// Reference-counted state that the views of one model share, such as a microphone: made with the first, released with
// the last.

interface Held<V> {
  value: V;
  /** Redraws one view each. */
  views: Set<() => void>;
}

export class Shared<V> {
  private readonly held = new Map<string, Held<V>>();

  constructor(
    private readonly release: (value: V) => void,
    /** How long the last view is waited for: a kernel may send an output anew, and the view with it. */
    private readonly lingerMs = 0,
  ) {}

  /** `make` gets the function that redraws all views. */
  take(key: string, redraw: () => void, signal: AbortSignal, make: (changed: () => void) => V): V {
    let found = this.held.get(key);
    if (!found) {
      const views = new Set<() => void>();
      found = { value: make(() => views.forEach((view) => view())), views };
      this.held.set(key, found);
    }
    const { value, views } = found;
    views.add(redraw);
    const left = () => {
      views.delete(redraw);
      if (this.lingerMs) setTimeout(() => this.drop(key, value), this.lingerMs);
      else this.drop(key, value);
    };
    signal.addEventListener("abort", left, { once: true });
    return value;
  }

  private drop(key: string, value: V): void {
    const found = this.held.get(key);
    if (found?.value !== value || found.views.size) return;
    this.release(value);
    this.held.delete(key);
  }
}
