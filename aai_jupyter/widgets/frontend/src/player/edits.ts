// Sends edits of the transcript to the kernel, which answers with new columns; nothing is changed here.

import type { Channel } from "../channel.ts";
import { reactive } from "../ui/reactive.ts";
import type { State } from "./state.ts";

export class Edits {
  declare busy: boolean;

  constructor(
    private readonly state: State,
    private readonly channel: Channel,
    readonly notice: (text: string) => void,
  ) {
    reactive(this, { busy: false });
  }

  get allowed(): boolean {
    return this.state.meta.editable !== false;
  }

  /** True when the kernel made the change. */
  async apply(op: string, args: Record<string, unknown>): Promise<boolean> {
    return this.send("edit", { op, args });
  }

  undo(): Promise<boolean> {
    return this.send("undo", {});
  }

  redo(): Promise<boolean> {
    return this.send("redo", {});
  }

  private async send(type: string, payload: Record<string, unknown>): Promise<boolean> {
    if (!this.allowed) {
      this.notice("This transcript cannot be edited here.");
      return false;
    }
    this.busy = true;
    try {
      await this.channel.request(type, payload);
      return true;
    } catch (error) {
      this.notice((error as Error).message);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
