// Renders a player inside another view, by the id of its model.
import type { Model, Render } from "../host.ts";
import type { PlayerTraits } from "../traits/player.ts";
import { h } from "./dom.ts";

export class Nested {
  readonly element: HTMLElement;
  private close: (() => void) | undefined;
  private wanted = "";

  /** `model` is the one of the view around it. */
  constructor(
    private readonly model: Pick<Model<object>, "widget_manager">,
    private readonly render: Render<PlayerTraits>,
    name: string,
    signal: AbortSignal,
  ) {
    this.element = h("div", { class: name });
    const end = () => {
      this.clear();
      this.element.remove();
    };
    signal.addEventListener("abort", end, { once: true });
  }

  /** Puts the player of this model in place of the one before; whether it is there now. */
  async show(id: string): Promise<boolean> {
    this.wanted = id;
    this.clear();
    const manager = this.model.widget_manager;
    if (!id || !manager) return false;
    const model = await manager.get_model<PlayerTraits>(id);
    if (id !== this.wanted || !this.element.isConnected) return false;
    this.close = this.render({ model, el: this.element });
    return true;
  }

  private clear(): void {
    this.close?.();
    this.close = undefined;
    this.element.replaceChildren();
  }
}
