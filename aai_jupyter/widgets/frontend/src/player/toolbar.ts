// The two rows of buttons: what the recording is and what can be done to it; how it plays.

import { label } from "../data/safe.ts";
import { clock, grouped } from "../data/time.ts";
import { button } from "../ui/button.ts";
import { h, press } from "../ui/dom.ts";
import { swapIcon } from "../ui/icons.ts";
import { Menu } from "../ui/menu.ts";
import { react, watch } from "../ui/reactive.ts";
import type { Edits } from "./edits.ts";
import { fillHelp, fillLayers, fillSpeakers } from "./menus.ts";
import type { SearchBox } from "./searchbox.ts";
import type { State } from "./state.ts";
import type { Timeline } from "./timeline.ts";
import type { Transport } from "./transport.ts";

export interface Actions {
  toggleFollow(): void;
  following(): boolean;
  toggleEditing(): Promise<void>;
  toggleReview(): Promise<void>;
  toggleCoding(): void;
  coding(): boolean;
  queued(): number;
  home(): void;
}

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];

export class Toolbar {
  readonly top: HTMLElement;
  readonly bottom: HTMLElement;
  readonly menus: Menu[];
  private readonly heading = h("span", { class: "aai-heading" });
  private readonly facts = h("span", { class: "aai-facts" });
  private readonly play: HTMLButtonElement;
  private readonly time = h("span", { class: "aai-time" });
  private readonly rate = h("select", {
    class: "aai-rate",
    "aria-label": "Speed",
    title: "Speed ([ slower, ] faster)",
  });
  private readonly skip: HTMLButtonElement;
  private readonly loop: HTMLButtonElement;
  private readonly follow: HTMLButtonElement;
  private readonly edit: HTMLButtonElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly review: HTMLButtonElement;
  private readonly code: HTMLButtonElement;
  private readonly badge = h("span", { class: "aai-badge", hidden: true });
  private shown = "";

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly edits: Edits,
    timeline: Timeline,
    searchBox: SearchBox,
    private readonly actions: Actions,
  ) {
    this.play = button("play", "Play (space)", () => transport.toggle());
    this.play.classList.add("aai-play");
    this.skip = button("skip", "Skip silence (S)", () => transport.setSkip(!transport.skip));
    this.loop = button("loop", "Loop the selection (O)", () => transport.setLoop(!transport.loop));
    this.follow = button("follow", "Follow the playing word (F)", () => actions.toggleFollow());
    this.edit = button("edit", "Edit the text (E)", () => void actions.toggleEditing());
    this.undo = button("undo", "Undo", () => void edits.undo());
    this.redo = button("redo", "Redo", () => void edits.redo());
    this.review = button("review", "Review uncertain words (R)", () => void actions.toggleReview());
    this.review.append(this.badge);
    this.code = button("terms", "Code passages (C)", () => actions.toggleCoding());
    const speakers = new Menu("speakers", "Speakers", (panel) =>
      fillSpeakers(panel, state, edits, () => {
        speakers.close();
        actions.home();
      }),
    );
    const layers = new Menu("layers", "Layers and confidence", (panel) => fillLayers(panel, state));
    const help = new Menu("keyboard", "Keyboard (?)", (panel) => fillHelp(panel, !!state.meta.tracks?.length));
    this.menus = [speakers, layers, help];
    for (const one of RATES) this.rate.append(h("option", { value: String(one), text: `${one}×` }));
    this.rate.addEventListener("change", () => transport.setRate(Number(this.rate.value)), {
      signal: state.signal,
    });

    this.top = h(
      "div",
      { class: "aai-bar aai-top" },
      h("div", { class: "aai-what" }, this.heading, this.facts),
      h("div", { class: "aai-group" }, this.undo, this.redo),
      h(
        "div",
        { class: "aai-group" },
        this.edit,
        this.review,
        this.code,
        speakers.element,
        layers.element,
        help.element,
      ),
    );
    this.bottom = h(
      "div",
      { class: "aai-bar aai-bottom", role: "group", "aria-label": "Playback" },
      h(
        "div",
        { class: "aai-group" },
        button("back", "Back 5 seconds (J)", () => transport.skipBy(-5000)),
        this.play,
        button("forward", "Forward 5 seconds (L)", () => transport.skipBy(5000)),
      ),
      this.time,
      h("div", { class: "aai-group" }, this.rate, this.skip, this.loop, this.follow),
      h(
        "div",
        { class: "aai-group aai-zoom" },
        button("minus", "Zoom out (−)", () => timeline.zoom(1 / 1.7)),
        button("plus", "Zoom in (+)", () => timeline.zoom(1.7)),
      ),
      searchBox.element,
    );
    const { signal } = state;
    watch(state, ["speakers", "meta"], () => speakers.refresh());
    watch(state, ["layers"], () => layers.refresh());
    react(signal, () => this.describe());
    react(signal, () => this.update());
    react(signal, () => this.tick());
    watch(state, ["columns", "threshold"], () => state.whole && this.count());
  }

  openMenu(index: number, focus = ""): void {
    this.closeMenus();
    this.menus[index].toggle(true);
    if (!focus) return;
    const field = this.menus[index].panel.querySelector<HTMLInputElement>(focus);
    field?.focus();
    field?.select();
  }

  /** True when one was open. */
  closeMenus(except?: Node | null): boolean {
    let closed = false;
    for (const menu of this.menus) {
      if (!menu.open || (except && menu.element.contains(except))) continue;
      menu.close();
      closed = true;
    }
    return closed;
  }

  private update(): void {
    const { transport, actions, edits, state } = this;
    const { playing } = transport;
    swapIcon(this.play, playing ? "pause" : "play");
    this.play.title = playing ? "Pause (space)" : "Play (space)";
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.play.classList.toggle("aai-waiting", transport.waiting);
    if (!RATES.includes(transport.rate) && !this.rate.querySelector(`[value="${transport.rate}"]`)) {
      this.rate.append(h("option", { value: String(transport.rate), text: `${transport.rate}×` }));
    }
    this.rate.value = String(transport.rate);
    press(this.skip, transport.skip);
    press(this.loop, transport.loop);
    press(this.follow, actions.following());
    press(this.edit, state.editing);
    press(this.code, actions.coding());
    const history = (one: HTMLButtonElement, name: string, what: string | null) => {
      one.disabled = edits.busy || !edits.allowed || what === null;
      one.title = what ? `${name}: ${label(what, 80)}` : name;
    };
    history(this.undo, "Undo", state.history.undo);
    history(this.redo, "Redo", state.history.redo);
    this.edit.disabled = this.review.disabled = this.code.disabled = !edits.allowed;
  }

  private count(): void {
    const queued = this.actions.queued();
    this.badge.textContent = queued > 999 ? "999+" : String(queued);
    this.badge.hidden = queued === 0;
  }

  private tick(): void {
    const text = `${clock(this.state.ms)} / ${clock(this.state.meta.duration)}`;
    if (text !== this.shown) this.time.textContent = this.shown = text;
  }

  private describe(): void {
    const { meta, speakers, columns } = this.state;
    void columns; // whose number changes with them
    this.heading.textContent = label(meta.title || meta.source || meta.id || "Transcript", 160);
    this.heading.title = label(meta.source || meta.title, 400);
    const facts = [
      clock(meta.duration),
      speakers.length > 1 ? `${speakers.length} speakers` : "",
      `${grouped(this.state.words)} words`,
      label(meta.language, 20),
      label(meta.model, 60),
      meta.redacted ? "redacted" : "",
    ];
    this.facts.textContent = facts.filter(Boolean).join(" · ");
  }
}
