// Buttons: an icon with or without a word, or words alone.
import { h } from "./dom.ts";
import { type Icon, icon } from "./icons.ts";

/** `title` says what it does, and in parentheses the key that does it too. */
export function button(name: Icon, title: string, act: (event: MouseEvent) => void, text = ""): HTMLButtonElement {
  const out = h(
    "button",
    {
      type: "button",
      class: text ? "aai-button aai-labelled" : "aai-button",
      title,
      "data-icon": name,
      "aria-label": text ? undefined : title.replace(/ \([^)]*\)$/, ""),
      on: { click: act },
    },
    icon(name),
  );
  if (text) out.append(h("span", { text }));
  return out;
}

export function textButton(
  text: string,
  act: (event: MouseEvent) => void,
  { title, name, primary = false }: { title?: string; name?: Icon; primary?: boolean } = {},
): HTMLButtonElement {
  const words = name ? h("span", { text }) : text;
  return h(
    "button",
    {
      type: "button",
      class: `aai-text-button${primary ? " aai-primary" : ""}`,
      title,
      "data-icon": name,
      on: { click: act },
    },
    name && icon(name),
    words,
  );
}
