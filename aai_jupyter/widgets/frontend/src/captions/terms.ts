// Form to change key terms and prompt while the session runs.
import { label } from "../data/safe.ts";
import { h } from "../ui/dom.ts";

export const MAX_TERMS = 100;

/** Terms as typed, one a line or with commas between them. */
export function parseTerms(text: string): string[] {
  const found = text
    .split(/[\n,]/)
    .map((term) => term.trim())
    .filter(Boolean);
  return [...new Set(found)];
}

export class TermsForm {
  private readonly terms = h("textarea", {
    class: "aai-cap-terms",
    rows: 3,
    placeholder: "Names and terms to listen for, with commas between them",
  });
  private readonly prompt = h("textarea", {
    class: "aai-cap-prompt",
    rows: 2,
    maxlength: 1750,
    placeholder: "What the talk is about",
  });
  private readonly said = h("span", { class: "aai-share", role: "status" });
  readonly element: HTMLElement;

  constructor(
    prompts: boolean,
    private readonly send: (terms: string[], prompt: string | null) => Promise<unknown>,
  ) {
    this.element = h(
      "form",
      { class: "aai-cap-form", hidden: true, on: { submit: (event) => this.submit(event) } },
      h("label", {}, h("span", { class: "aai-title", text: "Key terms" }), this.terms),
      prompts && h("label", {}, h("span", { class: "aai-title", text: "Prompt" }), this.prompt),
      h(
        "div",
        { class: "aai-review-tools" },
        h("button", { type: "submit", class: "aai-text-button aai-primary", text: "Use from now on" }),
        this.said,
      ),
    );
    this.prompts = prompts;
  }

  private readonly prompts: boolean;

  /** What the session uses now; not while somebody types. */
  show(terms: readonly string[], prompt: string): void {
    if (!this.element.hidden) return;
    this.terms.value = terms.join(", ");
    this.prompt.value = prompt;
  }

  private submit(event: Event): void {
    event.preventDefault();
    const terms = parseTerms(this.terms.value);
    if (terms.length > MAX_TERMS) {
      this.said.textContent = `At most ${MAX_TERMS} terms, not ${terms.length}.`;
      return;
    }
    this.said.textContent = "";
    this.send(terms, this.prompts ? this.prompt.value.trim() : null).then(
      () => (this.said.textContent = "Sent. It counts for what is said from now on."),
      (error: Error) => (this.said.textContent = label(error.message, 300)),
    );
  }
}
