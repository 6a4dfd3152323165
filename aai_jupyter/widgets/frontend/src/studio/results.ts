// Progress and results: one line per recording, with its first words once it is transcribed.
import { label } from "../data/safe.ts";
import type { Row } from "../traits/studio.ts";
import { arrange, h } from "../ui/dom.ts";

/** What a transcript can be saved as in the browser. */
const FORMATS = [
  ["txt", "Text"],
  ["md", "Markdown"],
  ["srt", "Captions (SRT)"],
  ["vtt", "Captions (WebVTT)"],
  ["csv", "Words (CSV)"],
] as const;

const WORDS: Record<string, string> = { cached: "done", completed: "done", error: "failed" };

export class Results {
  readonly element = h("div", { class: "aai-studio-results", role: "log", "aria-live": "polite", hidden: true });

  private rows = new Map<number, { said: string; element: HTMLElement }>();

  constructor(
    private readonly open: (index: number) => void,
    private readonly save: (index: number, name: string, format: string) => void,
  ) {}

  show(rows: readonly Row[]): void {
    this.element.hidden = !rows.length;
    const before = this.rows;
    this.rows = new Map();
    for (const row of rows) {
      const said = JSON.stringify(row);
      const old = before.get(row.index);
      this.rows.set(row.index, old?.said === said ? old : { said, element: this.row(row) });
    }
    arrange(
      this.element,
      [...this.rows.values()].map(({ element }) => element),
    );
  }

  private formats({ index, name }: Row): HTMLElement {
    const choice = h("select", { "aria-label": `Save ${label(name, 80)} as`, title: "Save the transcript as a file" });
    choice.append(h("option", { value: "", text: "Save as…" }));
    for (const [format, text] of FORMATS) choice.append(h("option", { value: format, text }));
    choice.addEventListener("change", () => {
      if (choice.value) this.save(index, `${name.replace(/\.\w{1,5}$/, "")}.${choice.value}`, choice.value);
      choice.value = "";
    });
    return choice;
  }

  private row(row: Row): HTMLElement {
    const done = row.stage === "completed" || row.stage === "cached";
    const moving = !done && row.stage !== "error";
    const part = row.stage === "uploading" && row.size ? { max: String(row.size), value: String(row.sent) } : {};
    const state = [WORDS[row.stage] ?? row.stage, row.elapsed ? `${row.elapsed.toFixed(1)} s` : "", row.message]
      .filter(Boolean)
      .join(", ");
    const show = done
      ? h("button", {
          class: "aai-text-button",
          type: "button",
          text: "Open",
          "aria-label": `Open ${label(row.name, 80)}`,
          on: { click: () => this.open(row.index) },
        })
      : null;
    return h(
      "div",
      { class: "aai-studio-result", "data-stage": row.stage },
      h(
        "div",
        { class: "aai-studio-line" },
        h("span", { class: "aai-studio-name", text: label(row.name) }),
        moving ? h("progress", part) : null,
        h("span", { class: "aai-facts", text: label(state, 300) }),
        show,
        done ? this.formats(row) : null,
      ),
      row.preview ? h("div", { class: "aai-studio-preview", text: label(row.preview, 400) }) : null,
    );
  }
}
