// A citation plays in the player of its transcript. Views are modules of their own, so they meet at the document;
// where the player is in another frame, the kernel passes it on.
import type { Channel } from "../channel.ts";

export const CITE = "aai-cite";
const FARTHEST = 1e8; // seconds

export interface Place {
  transcript: string;
  ms: number;
}

/** Clicks on citations within `root` play them. */
export function bindCitations(root: HTMLElement, channel: Channel, notice: (text: string) => void): void {
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
        if (!message.players) notice("No player of this recording is on the page: show the transcript in a cell, then click again.");
      },
      (error: Error) => notice(error.message),
    );
  });
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
    if (cited) take(event, cited.getAttribute("data-aai-transcript") ?? "", Number(cited.getAttribute("data-aai-seek")) * 1000);
  };
  document.addEventListener(CITE, asked);
  document.addEventListener("click", clicked);
  return () => {
    document.removeEventListener(CITE, asked);
    document.removeEventListener("click", clicked);
  };
}
