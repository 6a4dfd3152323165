// A view inside another one, by the id of its model: the player that an answer or the studio opens.
import type { Model, View } from "../host.ts";
import { h } from "./dom.ts";

/** What a host may offer besides the model: the other models of the notebook. */
interface Managed {
  widget_manager?: { get_model(id: string): Promise<Model> };
}

export class Nested {
  readonly element: HTMLElement;
  private close: (() => void) | undefined;
  private wanted = "";

  constructor(
    private readonly model: Model,
    private readonly render: View,
    name: string,
  ) {
    this.element = h("div", { class: name });
  }

  /** Puts the player of this id in place of the one before; whether it is there now. */
  async show(id: string): Promise<boolean> {
    this.wanted = id;
    this.dispose();
    const manager = (this.model as Model & Managed).widget_manager;
    if (!id || !manager) return false;
    const child = await manager.get_model(id);
    if (id !== this.wanted || !this.element.isConnected) return false;
    this.close = this.render({ model: child, el: this.element });
    return true;
  }

  dispose(): void {
    this.close?.();
    this.close = undefined;
    this.element.replaceChildren();
  }
}
