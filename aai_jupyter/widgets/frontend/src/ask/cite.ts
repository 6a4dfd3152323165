// A citation plays in the player of its transcript. Views are modules of their own, so they meet at the document;
// where the player is in another frame, the kernel passes it on; where there is none, it opens one under the answer.
import type { Channel } from "../channel.ts";
import { listen, type Model } from "../host.ts";
import type { Nested } from "../player/nested.ts";

export const CITE = "aai-cite";
const FARTHEST = 1e8; // seconds

export interface Place {
  transcript: string;
  ms: number;
}

/** Clicks on citations within `root` play them; in `place`, if nowhere else. The returned function ends that. */
export function bindCitations(
  root: HTMLElement,
  place: Nested,
  model: Model,
  channel: Channel,
  notice: (text: string) => void,
): () => void {
  const missing = () =>
    notice("No player of this recording is on the page: show the transcript in a cell, then click again.");
  let waiting: Place | undefined;
  const open = () => {
    place.show(String(model.get("opened") ?? "")).then(
      (there) => {
        if (waiting && !(there && play(waiting))) missing();
        waiting = undefined;
      },
      (error: Error) => notice(error.message),
    );
  };
  root.addEventListener("click", (event) => {
    const cited = (event.composedPath()[0] as Element | null)?.closest?.<HTMLElement>("button.aai-cite");
    if (!cited || !root.contains(cited)) return;
    const seconds = Number(cited.dataset.seek);
    const transcript = cited.dataset.transcript ?? "";
    for (const other of root.querySelectorAll(".aai-cited")) other.classList.remove("aai-cited");
    cited.classList.add("aai-cited");
    if (play({ transcript, ms: seconds * 1000 })) return;
    channel.request("cite", { transcript, seconds }).then(
      ({ message }) => {
        if (message.players) return;
        if (!message.opened) return missing();
        waiting = { transcript, ms: seconds * 1000 };
        open();
      },
      (error: Error) => notice(error.message),
    );
  });
  const stop = listen(model, "change:opened", () => {
    if (!model.get("opened")) void place.show("");
  });
  if (model.get("opened")) open(); // another view of the same answer, or a page that was loaded again
  return () => {
    stop();
    place.dispose();
  };
}

/** Whether a player of this document has taken it. */
function play(detail: Place): boolean {
  return !document.dispatchEvent(new CustomEvent<Place>(CITE, { detail, cancelable: true }));
}

/** A player takes what cites its transcript: from views, and from answers of static HTML on the same page. */
export function takeCitations(root: HTMLElement, id: () => string, seek: (ms: number) => void): () => void {
  const take = (event: Event, transcript: string, ms: number): void => {
    const shown = root.isConnected && root.getClientRects().length > 0;
    if (event.defaultPrevented || !shown || !transcript || transcript !== id()) return;
    if (!(ms >= 0 && ms < FARTHEST * 1000)) return;
    event.preventDefault();
    seek(ms);
  };
  const asked = (event: Event) => {
    const { transcript, ms } = ((event as CustomEvent<Place>).detail ?? {}) as Partial<Place>;
    take(event, String(transcript ?? ""), Number(ms));
  };
  const clicked = (event: MouseEvent) => {
    const cited = (event.composedPath()[0] as Element | null)?.closest?.("a[data-aai-seek]");
    if (cited)
      take(event, cited.getAttribute("data-aai-transcript") ?? "", Number(cited.getAttribute("data-aai-seek")) * 1000);
  };
  document.addEventListener(CITE, asked);
  document.addEventListener("click", clicked);
  return () => {
    document.removeEventListener(CITE, asked);
    document.removeEventListener("click", clicked);
  };
}
