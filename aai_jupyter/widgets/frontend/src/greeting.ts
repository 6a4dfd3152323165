// The first request of a view, and the line that says why it has no answer yet: taken back when the answer comes.
import type { Reply } from "./channel.ts";
import { cellRuns } from "./host.ts";
import type { View } from "./view.ts";

const PATIENCE = 6000; // ms without an answer, until it is said

export const SILENT =
  "The kernel does not answer this page. If no cell is running, run this cell again, or reload the page.";
export const BUSY = "The kernel is busy with a cell: what needs the kernel waits until that has ended.";

/** Sends `type` and waits for as long as it takes. `say` gets what to show meanwhile, and "" once it holds no more. */
export function greet<T extends { cell_runs: boolean }>(
  view: View<T>,
  say: (text: string) => void,
  type = "ready",
  payload: Record<string, unknown> = {},
): Promise<Reply> {
  let late = false;
  let timer = 0;
  const tell = () => {
    late = true;
    say(cellRuns(view.model) ? BUSY : SILENT);
  };
  const wait = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(tell, PATIENCE);
  };
  const watching = new AbortController();
  const answered = () => {
    watching.abort();
    window.clearTimeout(timer);
    if (late && !view.signal.aborted) say("");
  };
  view.on(["cell_runs"], () => {
    if (watching.signal.aborted) return;
    if (!cellRuns(view.model))
      wait(); // it has ended: the answer is on its way
    else if (late) tell();
  });
  view.atEnd(() => window.clearTimeout(timer));
  wait();
  return view.channel.request(type, payload, Number.POSITIVE_INFINITY).finally(answered);
}
