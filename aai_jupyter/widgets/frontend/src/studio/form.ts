// The request options as a form, generated from their description.
import { label } from "../data/safe.ts";
import type { Field } from "../traits/studio.ts";
import { h } from "../ui/dom.ts";

const SETTLE = 250; // ms without typing after which the kernel is asked

const HINT = 20; // characters of a placeholder: more would be cut off in a narrow column

let forms = 0;

/** What a list may hold, as far as the field shows it. */
function examples(choices: readonly string[]): string {
  const both = choices.slice(0, 2).join(", ");
  return both.length <= HINT ? both : `${choices[0]}, …`;
}

export class Form {
  readonly element = h("div", { class: "aai-studio-form" });
  private readonly readers = new Map<string, () => unknown>();
  private readonly writers = new Map<string, (value: unknown) => void>();
  private readonly prefix = `aai-form-${++forms}`;
  private timer = 0;

  constructor(private readonly changed: () => void) {}

  /** What was filled in; empty fields are left out. */
  values(): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const [name, read] of this.readers) {
      const value = read();
      if (value !== undefined) out[name] = value;
    }
    return out;
  }

  /** What was chosen before the page was loaded anew: the kernel still goes by it. */
  fill(values: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(values)) this.writers.get(name)?.(value);
  }

  show(fields: readonly Field[]): void {
    this.readers.clear();
    this.writers.clear();
    const groups = new Map<string, HTMLElement[]>();
    const common: HTMLElement[] = [];
    for (const field of fields) {
      const row = this.field(field);
      if (field.common) common.push(row);
      else groups.set(field.group, [...(groups.get(field.group) ?? []), row]);
    }
    this.element.replaceChildren(
      h("div", { class: "aai-studio-fields" }, ...common),
      h(
        "details",
        { class: "aai-studio-details" },
        h("summary", { text: "All options" }),
        ...[...groups].map(([group, rows]) =>
          h("fieldset", {}, h("legend", { text: label(group) }), h("div", { class: "aai-studio-fields" }, ...rows)),
        ),
      ),
    );
  }

  private field(field: Field): HTMLElement {
    const id = `${this.prefix}-${field.name}`;
    const { control, read } = this.control(field, id);
    this.readers.set(field.name, read);
    this.writers.set(field.name, (value) => {
      if (control.type === "checkbox") (control as HTMLInputElement).checked = value === true;
      else control.value = String(value ?? "");
    });
    const typed = control instanceof HTMLInputElement && control.type === "text";
    control.addEventListener(typed ? "input" : "change", () => this.settle()); // goes with its field
    const cost = field.price ? h("span", { class: "aai-badge", text: `+$${field.price.toFixed(2)}/h` }) : null;
    const name = h("label", { for: id, text: label(field.title) });
    const parts = field.kind === "bool" ? [control, name, cost] : [name, cost, control];
    return h(
      "div",
      { class: `aai-studio-field aai-studio-${field.kind}`, title: `${label(field.help, 300)} (${field.flag})` },
      ...parts,
    );
  }

  private control(
    field: Field,
    id: string,
  ): { control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement; read: () => unknown } {
    if (field.kind === "bool" && field.default !== true) {
      const box = h("input", { type: "checkbox", id });
      return { control: box, read: () => (box.checked ? true : undefined) };
    }
    if (field.kind === "bool") {
      const box = h("input", { type: "checkbox", id, checked: true });
      return { control: box, read: () => (box.checked ? undefined : false) };
    }
    if (field.choices?.length && field.kind === "str") {
      const select = h(
        "select",
        { id },
        h("option", { value: "", text: field.default ? `${field.default}` : "–" }),
        ...field.choices.map((one) => h("option", { value: one, text: one })),
      );
      return { control: select, read: () => select.value || undefined };
    }
    if (field.kind === "object" || field.items === "object") {
      const area = h("textarea", { id, rows: "1", placeholder: "JSON", spellcheck: "false" });
      return { control: area, read: () => area.value.trim() || undefined };
    }
    if (field.kind === "int" || field.kind === "float") {
      const { minimum: min, maximum: max } = field;
      const box = h("input", {
        type: "number",
        id,
        min,
        max,
        step: field.kind === "int" ? 1 : "any",
        placeholder: field.default ?? "",
      });
      return { control: box, read: () => (box.value === "" ? undefined : Number(box.value)) };
    }
    const hint = field.kind === "list" ? examples(field.choices ?? ["one", "two"]) : field.default;
    const list = field.choices?.length
      ? h("datalist", { id: `${id}-list` }, ...field.choices.map((one) => h("option", { value: one })))
      : null;
    const box = h("input", {
      type: "text",
      id,
      placeholder: hint ?? "",
      list: list ? `${id}-list` : undefined,
      spellcheck: "false",
      class: "aai-studio-input",
    });
    if (list) box.append(list);
    return { control: box, read: () => box.value.trim() || undefined };
  }

  private settle(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(this.changed, SETTLE);
  }
}
