// The log of questions and answers. Screen readers hear an answer once, when it is whole.
import { showHtml } from "../ask/sanitize.ts";
import { label, visible } from "../data/safe.ts";
import type { Draft, Entry } from "../traits/chat.ts";
import { h, onResize } from "../ui/dom.ts";

const NEAR = 60; // px from the end within which the log keeps to the end

export class ChatLog {
  readonly element = h("div", {
    class: "aai-log",
    role: "log",
    "aria-live": "polite",
    "aria-label": "Conversation",
    tabindex: "0",
  });
  private readonly shown = new Map<number, { key: string; parts: HTMLElement[] }>();
  private readonly hint = h("div", { class: "aai-empty" });
  private readonly asked = h("div", { class: "aai-asked", dir: "auto" });
  private readonly reply = h("div", { class: "aai-reply aai-md", dir: "auto" });
  private readonly status = h("div", { class: "aai-asking" });
  private atEnd = true;

  constructor(signal: AbortSignal) {
    this.element.addEventListener("scroll", () => (this.atEnd = this.left() < NEAR), { passive: true, signal });
    onResize(signal, [this.element], () => this.settle());
  }

  /** From here on the newest is in view, until somebody scrolls away from it. */
  follow(): void {
    this.atEnd = true;
  }

  draw(entries: Entry[], draft: Draft | null, hint: string): void {
    this.hint.textContent = hint;
    const parts: HTMLElement[] = entries.length || draft ? [] : [this.hint];
    for (const entry of entries) parts.push(...this.parts(entry));
    const ids = new Set(entries.map((entry) => entry.id));
    for (const id of this.shown.keys()) if (!ids.has(id)) this.shown.delete(id);
    if (draft) {
      this.asked.textContent = visible(draft.question);
      showHtml(this.reply, draft.html);
      this.status.textContent = draft.html ? "" : `${label(draft.status || "asking", 200)}…`;
      this.status.hidden = Boolean(draft.html);
      parts.push(this.asked, this.reply, this.status);
    }
    this.element.setAttribute("aria-busy", String(Boolean(draft)));
    const now = this.element.children;
    if (now.length !== parts.length || parts.some((part, i) => now[i] !== part)) this.element.replaceChildren(...parts);
    this.settle();
  }

  private parts(entry: Entry): HTMLElement[] {
    const key = JSON.stringify(entry);
    const known = this.shown.get(entry.id);
    if (known?.key === key) return known.parts;
    const reply = h("div", { class: "aai-reply", "data-state": entry.state });
    if (entry.html) {
      const body = h("div", { class: "aai-md", dir: "auto" });
      showHtml(body, entry.html);
      reply.append(body);
    }
    if (entry.error) reply.append(h("div", { class: "aai-trouble", text: visible(entry.error) }));
    if (entry.under) {
      const under = h("div", { class: "aai-under" });
      showHtml(under, entry.under);
      reply.append(under);
    }
    const parts = [h("div", { class: "aai-asked", dir: "auto", text: visible(entry.question) }), reply];
    this.shown.set(entry.id, { key, parts });
    return parts;
  }

  private left(): number {
    return this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight;
  }

  private settle(): void {
    if (this.atEnd) this.element.scrollTop = this.element.scrollHeight;
  }
}
