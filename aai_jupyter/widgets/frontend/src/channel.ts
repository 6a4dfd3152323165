// Request and reply over the widget's custom messages: {type, uuid} out, the same uuid back.
import { bytes, type Comm, cellRuns, listen } from "./host.ts";

export interface Reply {
  message: Record<string, unknown>;
  buffers: ArrayBuffer[];
}

/** What the kernel refused, in its own words. */
export class RequestError extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail ? `${title}${/[.!?]$/.test(title) ? "" : ":"} ${detail}` : title);
  }
}

/** The host says no more than "Cannot send": the kernel was started anew or ended, or the widget was closed there. */
export class GoneError extends RequestError {
  constructor() {
    super("The kernel does not know this view any more.", "Run the cell again; nothing was changed.");
  }
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
  timer?: ReturnType<typeof setTimeout>;
  /** What has come of a text that one message does not hold. */
  begun: string;
}

const PATIENCE = 30_000;

export class Channel {
  /** Gets what the kernel sends on its own account. */
  onMessage: (message: Record<string, unknown>) => void = () => undefined;
  private readonly waiting = new Map<string, Waiting>();
  private readonly end = new AbortController();
  private count = 0;
  private readonly prefix = Math.random().toString(36).slice(2);

  constructor(private readonly model: Comm) {
    const take = (message: Record<string, unknown>, buffers?: unknown[]) => {
      if (message?.type === "reply") this.settle(message, buffers ?? []);
      else if (message && typeof message === "object") this.onMessage(message);
    };
    listen(model, "msg:custom", take, this.end.signal);
  }

  /** What is not answered within `patience` ms failed; a kernel that runs a cell is waited for. */
  request(
    type: string,
    payload: Record<string, unknown> = {},
    patience = PATIENCE,
    buffers: ArrayBuffer[] = [],
  ): Promise<Reply> {
    const uuid = `${this.prefix}-${++this.count}`;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve, reject, begun: "" };
      const late = () => {
        if (cellRuns(this.model)) return wait();
        this.waiting.delete(uuid);
        reject(new RequestError("The kernel does not answer", "It is busy or gone; run the cell again."));
      };
      const wait = () => {
        if (patience < Number.POSITIVE_INFINITY) waiting.timer = setTimeout(late, patience);
      };
      this.waiting.set(uuid, waiting);
      wait();
      try {
        this.model.send({ ...payload, type, uuid }, undefined, buffers);
      } catch {
        clearTimeout(waiting.timer);
        this.waiting.delete(uuid);
        reject(new GoneError());
      }
    });
  }

  /** A message that needs no answer, also when the kernel's end is closed already. */
  tell(type: string): void {
    try {
      this.model.send({ type }, undefined, []);
    } catch {
      // Nobody is there any more to hear it.
    }
  }

  dispose(): void {
    this.end.abort();
    for (const { timer, reject } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new RequestError("Closed", ""));
    }
    this.waiting.clear();
  }

  private settle(message: Record<string, unknown>, buffers: unknown[]): void {
    const request = this.waiting.get(String(message.uuid));
    if (!request) return;
    if (typeof message.part === "string") {
      request.begun += message.part;
      return;
    }
    if (request.begun) message = { ...message, text: request.begun + message.text };
    this.waiting.delete(String(message.uuid));
    clearTimeout(request.timer);
    const error = message.error as { title?: string; detail?: string } | undefined;
    if (error) request.reject(new RequestError(String(error.title ?? "Error"), String(error.detail ?? "")));
    else request.resolve({ message, buffers: buffers.map(bytes) });
  }
}
