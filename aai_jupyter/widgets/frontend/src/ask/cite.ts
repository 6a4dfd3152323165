// A citation plays in the player of its transcript. Views are modules of their own, so they meet at the document;
// where the player is in another frame, the kernel passes it on; where there is none, it opens one under the answer.
import type { Channel } from "../channel.ts";
import { listen, type Model } from "../host.ts";
import { type Citation, sendCitation } from "../ui/citation.ts";
import type { Nested } from "../ui/nested.ts";

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
  let waiting: Citation | undefined;
  const open = () => {
    place.show(String(model.get("opened") ?? "")).then(
      (there) => {
        if (waiting && !(there && sendCitation(waiting))) missing();
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
    if (sendCitation({ transcript, ms: seconds * 1000 })) return;
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
