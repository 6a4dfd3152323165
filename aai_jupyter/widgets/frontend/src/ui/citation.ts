// Event by which a citation finds the player of its transcript. Views are modules of their own and meet at the document.

const EVENT = "aai-cite";
const FARTHEST = 1e8; // seconds

export interface Citation {
  transcript: string;
  ms: number;
}

/** Whether a player of this document has taken it. */
export function sendCitation(detail: Citation): boolean {
  return !document.dispatchEvent(new CustomEvent<Citation>(EVENT, { detail, cancelable: true }));
}

/** A player takes what cites its transcript: from views, and from answers of static HTML on the same page. */
export function takeCitations(
  root: HTMLElement,
  id: () => string,
  seek: (ms: number) => void,
  signal: AbortSignal,
): void {
  const take = (event: Event, transcript: string, ms: number): void => {
    const shown = root.isConnected && root.getClientRects().length > 0;
    if (event.defaultPrevented || !shown || !transcript || transcript !== id()) return;
    if (!(ms >= 0 && ms < FARTHEST * 1000)) return;
    event.preventDefault();
    seek(ms);
  };
  const asked = (event: Event) => {
    const { transcript, ms } = ((event as CustomEvent<Citation>).detail ?? {}) as Partial<Citation>;
    take(event, String(transcript ?? ""), Number(ms));
  };
  const clicked = (event: MouseEvent) => {
    const cited = (event.composedPath()[0] as Element | null)?.closest?.("a[data-aai-seek]");
    if (!cited) return;
    const seconds = Number(cited.getAttribute("data-aai-seek"));
    take(event, cited.getAttribute("data-aai-transcript") ?? "", seconds * 1000);
  };
  document.addEventListener(EVENT, asked, { signal });
  document.addEventListener("click", clicked, { signal });
}
