// Sends edits of the transcript to the kernel, which answers with new columns; nothing is changed here.

import type { Channel } from "../channel.ts";
import { turnText, wordText } from "../data/columns.ts";
import { reactive } from "../ui/reactive.ts";
import type { State } from "./state.ts";

/** What somebody saw of what they change: the kernel refuses when that is something else by now. */
export interface Seen {
  turn?: string;
  word?: string;
  name?: string;
}

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
  async apply(op: string, args: Record<string, unknown>, seen = this.seen(args)): Promise<boolean> {
    return this.send("edit", { op, args, seen });
  }

  private seen({ turn, word }: Record<string, unknown>): Seen {
    const { columns } = this.state;
    if (typeof word === "number") return { word: wordText(columns, word) };
    return typeof turn === "number" ? { turn: turnText(columns, turn) } : {};
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
