// What belongs to a page and not to the recording: sound, place, selection. The views of one player on the page share
// it by its model; the kernel hears of it, and passes it on to no other page.
import { listen, type Model } from "../host.ts";
import type { PageState, PlayerTraits } from "../traits/player.ts";
import { recall, remember } from "../ui/tab.ts";

const FIRST: PageState = { current_time: 0, playing: false, rate: 1, follow: true, selection: null };

export class Page {
  /** What the kernel calls this page; empty until it has said so. */
  name = "";
  /** While any view of this page writes: such changes are news for the kernel only, else two views would both play. */
  private static writing = false;

  constructor(
    private readonly model: Model<PlayerTraits>,
    private readonly signal: AbortSignal,
    private readonly player: string,
  ) {}

  get<K extends keyof PageState>(name: K): PageState[K] {
    return this.model.get(name) ?? FIRST[name];
  }

  /** Where the recording stands, in ms: as it was left, also when the page was loaded anew. */
  place(): number {
    return 1000 * (this.get("current_time") || Number(recall(this.player)) || 0);
  }

  set(changes: Partial<PageState>): void {
    Page.writing = true; // the model tells its listeners at once, also those of another view of this player
    for (const name of Object.keys(changes) as (keyof PageState)[]) this.model.set(name, changes[name] as never);
    Page.writing = false;
    if (changes.current_time !== undefined) remember(this.player, String(changes.current_time));
    this.model.save_changes();
  }

  /** Calls `act` when the kernel has set it. */
  on(name: keyof PageState, act: () => void): void {
    listen(this.model, `change:${name}`, () => Page.writing || act(), this.signal);
  }

  /** Whether a message of the kernel is for this page; one for all pages names none. */
  isMeant(message: Record<string, unknown>): boolean {
    return !message.page || !this.name || message.page === this.name;
  }

  /** Python code has set something. */
  take(name: unknown, value: unknown): void {
    if (Object.hasOwn(FIRST, String(name))) this.model.set(name as keyof PageState, value as never);
  }
}
