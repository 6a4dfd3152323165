// What a widget host gives a view: the anywidget front-end module interface, and nothing more of the host.
import type { AnyModel } from "@anywidget/types";

/** A binary trait, or a buffer of a message. */
export type Bytes = DataView | ArrayBuffer;

/** The model of one widget; `T` are its traits, as one file of `traits/` has them. */
export type Model<T extends object> = Omit<AnyModel<T>, "widget_manager"> & {
  /** The other models of the notebook, where the host has them. */
  widget_manager?: AnyModel<T>["widget_manager"];
};

/** The part of a model that does not depend on its traits. */
export type Comm = Pick<Model<object>, "on" | "off" | "send">;

type EventHandler = Parameters<Comm["on"]>[1];

export interface RenderContext<T extends object> {
  model: Model<T>;
  el: HTMLElement;
  /** Ends the view, as the returned function does; hosts of older anywidgets have none. */
  signal?: AbortSignal;
}

/** Renders one view; the returned function releases everything it holds. */
export type Render<T extends object> = (context: RenderContext<T>) => () => void;

/** Bytes of a binary trait or message buffer, copied so that typed arrays of any width fit its start. */
export function bytes(value: unknown): ArrayBuffer {
  if (value instanceof ArrayBuffer) return value;
  if (ArrayBuffer.isView(value)) {
    return value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) as ArrayBuffer;
  }
  return new ArrayBuffer(0);
}

/** A large trait, which may have come in pieces. */
export function joined(model: object, name: string): unknown {
  const get = (key: string) => (model as { get(key: string): unknown }).get(key);
  const count = (get("cut") as Record<string, number> | undefined)?.[name] ?? 1;
  const parts = Array.from({ length: count }, (_, k) => get(k ? `${name}:${k}` : name));
  if (count < 2) return parts[0];
  if (typeof parts[0] === "string") return parts.join("");
  return Array.isArray(parts[0]) ? parts.flat() : concatenated(parts.map(bytes));
}

function concatenated(parts: ArrayBuffer[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return all.buffer;
}

/** Subscribes to a model event until the signal is aborted. */
export function listen(model: Comm, event: string, handler: EventHandler, signal: AbortSignal): void {
  model.on(event, handler);
  signal.addEventListener("abort", () => model.off(event, handler), { once: true });
}

/** Whether the kernel has said that it runs a cell: it may hear nothing until that has ended. */
export function cellRuns(model: Comm): boolean {
  return (model as Partial<Model<{ cell_runs: boolean }>>).get?.("cell_runs") === true;
}

/** Calls `unsure` when the host lost or found the kernel, `closed` when the kernel let go of the model.
 * Which of the two the host does not tell: its model is behind a proxy. To send something finds out. */
export function watchKernel(model: Comm, closed: () => void, unsure: () => void, signal: AbortSignal): void {
  const changed = () => ((model as { comm_live?: boolean }).comm_live === false ? closed() : unsure());
  listen(model, "comm:close", closed, signal);
  listen(model, "comm_live_update", changed, signal);
}
