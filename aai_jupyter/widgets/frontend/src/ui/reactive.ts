// Reactive fields by signals: reading one within an effect subscribes to it.
import { effect, type Signal, signal, untracked } from "@preact/signals-core";

export { batch } from "@preact/signals-core";

/** Makes fields of `target` reactive, with these first values. What is set has to be a new value to be noticed. */
export function reactive<T extends object, K extends keyof T>(target: T, first: Pick<T, K>): void {
  for (const name of Object.keys(first) as K[]) {
    const held: Signal<T[K]> = signal(first[name]);
    Object.defineProperty(target, name, { get: () => held.value, set: (value: T[K]) => (held.value = value) });
  }
}

/** Does the work now, and again whenever a reactive field that it read has changed, until `end`. */
export function react(end: AbortSignal, work: () => void): void {
  end.addEventListener("abort", effect(work), { once: true });
}

/** Does the work now, and again whenever one of these reactive fields has changed; what it reads does not matter. */
export function watch<T extends { readonly signal: AbortSignal }>(
  target: T,
  fields: readonly (keyof T)[],
  work: () => void,
): void {
  react(target.signal, () => {
    for (const field of fields) void target[field];
    untracked(work);
  });
}
