// Token budget of the conversation: how much of it goes out again with the next question.
import type { Budget } from "../traits/chat.ts";
import { h } from "../ui/dom.ts";

export class BudgetBar {
  private readonly fill = h("i", {});
  private readonly bar = h("span", { class: "aai-budget-bar", "aria-hidden": "true" }, this.fill);
  private readonly words = h("span", {});
  readonly element = h("span", { class: "aai-budget" }, this.bar, this.words);

  draw({ used = 0, limit = 0, left_out = 0 }: Partial<Budget>): void {
    const share = limit > 0 ? Math.min(1, Math.max(0, used / limit)) : 0;
    this.fill.style.width = `${Math.round(100 * share)}%`;
    this.bar.classList.toggle("aai-full", left_out > 0);
    const number = (n: number) => Math.round(Number(n) || 0).toLocaleString("en");
    const gone = left_out > 0 ? `, ${number(left_out)} oldest left out` : "";
    this.words.textContent = `${number(used)} of ${number(limit)} tokens of memory${gone}`;
    this.element.title =
      "Earlier questions and answers that are sent again with the next question; the oldest go first.";
  }
}
