// Whether the notebook has what the view shows: after a change the kernel sends the static form, which lies in the
// output after the view's, anew. It cannot where the page was loaded after the cell had run.

import type { View } from "./view.ts";

const ON_ITS_WAY = 3000; // ms

const OLDER = "The notebook still has what was here before. Run this cell again to save it as it is now.";

/** Calls `say` when the static form stays older than the view, once for each time that it falls behind. */
export function tellWhenOlder<T extends { changes: number }>(view: View<T>, say: (text: string) => void): void {
  let timer = 0;
  let told = false;
  const compare = () => {
    const beside = view.el
      .closest(".jp-OutputArea-child, .output_area")
      ?.nextElementSibling?.querySelector<HTMLElement>(".aai-static");
    const older = !!beside && Number(beside.dataset.changes) < view.model.get("changes");
    if (older && !told) say(OLDER);
    told = older;
  };
  view.on(["changes"], () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(compare, ON_ITS_WAY);
  });
  view.atEnd(() => window.clearTimeout(timer));
}
