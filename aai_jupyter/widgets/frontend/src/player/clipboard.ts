// Copies the selection: over several turns with speakers and times, within one turn the words alone.
import { wordsBetween } from "../data/columns.ts";
import { type Quote, quoted, quotes } from "../data/quote.ts";
import { copy } from "../ui/copy.ts";
import { h } from "../ui/dom.ts";
import { typing } from "../ui/keys.ts";
import type { State } from "./state.ts";

export class Clipboard {
  constructor(
    root: HTMLElement,
    private readonly transcript: HTMLElement,
    private readonly state: State,
    private readonly notice: (text: string) => void,
  ) {
    root.addEventListener("copy", (event) => this.take(event), { signal: state.signal });
  }

  /** Inclusive indices of the selected words; null when there are none. */
  words(): [number, number] | null {
    const s = this.state.selection;
    return s?.kind === "words"
      ? [s.first, Math.min(s.last, this.state.columns.words - 1)]
      : s
        ? wordsBetween(this.state.columns, s.start, s.end)
        : null;
  }

  /** Ctrl+C. Fields, and text of the page that is selected elsewhere, are copied as they are. */
  private take(event: ClipboardEvent): void {
    const parts = this.parts();
    const page = getSelection();
    const elsewhere = page && !page.isCollapsed && !this.transcript.contains(page.anchorNode);
    if (!parts.length || !event.clipboardData || elsewhere || typing(event.composedPath()[0])) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", parts.length > 1 ? quoted(parts) : parts[0].text);
    if (parts.length > 1) event.clipboardData.setData("text/html", markup(parts));
  }

  /** `bare`: the words alone. */
  async write(bare: boolean): Promise<void> {
    const parts = this.parts();
    if (!parts.length) return;
    const text = bare ? parts.map((part) => part.text).join("\n") : quoted(parts);
    const done = await copy(text, { html: bare ? "" : markup(parts) });
    this.notice(done ? "Copied." : "The browser does not let this page copy; select the text and press Ctrl+C.");
  }

  private parts(): Quote[] {
    const words = this.words();
    return words ? quotes(this.state.columns, words[0], words[1], (speaker) => this.state.name(speaker)) : [];
  }
}

function markup(parts: readonly Quote[]): string {
  return parts
    .map(({ who, at, text }) => h("p", {}, who && h("b", { text: who }), ` (${at}) `, text).outerHTML)
    .join("");
}
