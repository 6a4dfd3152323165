// Click handler of citations: they play in the player of their transcript. Where that is in another frame, the kernel
// passes it on; where there is none, it opens one under the answer.
import { listen } from "../host.ts";
import { type Citation, sendCitation } from "../ui/citation.ts";
import type { Nested } from "../ui/nested.ts";
import type { View } from "../view.ts";

/** Clicks on citations within `within` play them; in `player`, if nowhere else. */
export function bindCitations<T extends { opened: string }>(
  { model, channel, signal }: View<T>,
  within: HTMLElement,
  player: Nested,
  notice: (text: string) => void,
): void {
  const missing = () =>
    notice("No player of this recording is on the page: show the transcript in a cell, then click again.");
  const failed = (error: Error) => notice(error.message);
  let waiting: Citation | undefined;
  const open = () => {
    player.show(model.get("opened")).then((there) => {
      if (waiting && !(there && sendCitation(waiting))) missing();
      waiting = undefined;
    }, failed);
  };
  const clicked = (event: MouseEvent) => {
    const cited = (event.composedPath()[0] as Element | null)?.closest?.<HTMLElement>("button.aai-cite");
    if (!cited || !within.contains(cited)) return;
    const seconds = Number(cited.dataset.seek);
    const transcript = cited.dataset.transcript ?? "";
    for (const other of within.querySelectorAll(".aai-cited")) other.classList.remove("aai-cited");
    cited.classList.add("aai-cited");
    if (sendCitation({ transcript, ms: seconds * 1000 })) return;
    channel.request("cite", { transcript, seconds }).then(({ message }) => {
      if (message.players) return;
      if (!message.opened) return missing();
      waiting = { transcript, ms: seconds * 1000 };
      open();
    }, failed);
  };
  within.addEventListener("click", clicked, { signal });
  const changed = () => {
    if (!model.get("opened")) void player.show("");
  };
  listen(model, "change:opened", changed, signal);
  if (model.get("opened")) open(); // another view of the same answer, or a page that was loaded again
}
