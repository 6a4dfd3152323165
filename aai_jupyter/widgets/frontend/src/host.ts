// What a widget host gives a view: the anywidget front-end module interface, and nothing more of the host.

export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, handler: (...args: never[]) => void): void;
  off(event: string, handler?: (...args: never[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

export interface RenderContext {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

/** Draws one view; the returned function releases everything it holds. */
export type View = (context: RenderContext) => () => void;

/** Bytes of a binary trait or message buffer, copied so that typed arrays of any width fit its start. */
export function bytes(value: unknown): ArrayBuffer {
  if (value instanceof ArrayBuffer) return value;
  if (ArrayBuffer.isView(value)) {
    return value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) as ArrayBuffer;
  }
  return new ArrayBuffer(0);
}

/** Calls `unsure` when the host lost or found the kernel, `closed` when the kernel let go of the model.
 * Which of the two the host does not tell: its model is behind a proxy. To send something finds out. */
export function watchKernel(model: Model, closed: () => void, unsure: () => void): () => void {
  const stops = [
    listen(model, "comm:close", closed),
    listen(model, "comm_live_update", () =>
      (model as { comm_live?: boolean }).comm_live === false ? closed() : unsure(),
    ),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Subscribes to a model event; returns the function that ends the subscription. */
export function listen(model: Model, event: string, handler: (...args: never[]) => void): () => void {
  model.on(event, handler);
  return () => model.off(event, handler);
}
