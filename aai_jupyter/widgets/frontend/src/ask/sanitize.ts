// A model's answer arrives as HTML that the kernel has made safe. It is not believed: it is read into a document
// that loads and runs nothing, and only what is on these lists is built again here, element by element.
import { label, visible } from "../data/safe.ts";
import { h } from "../ui/dom.ts";

const PLAIN = new Set([
  "p",
  "strong",
  "em",
  "s",
  "del",
  "code",
  "pre",
  "ul",
  "ol",
  "li",
  "blockquote",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "hr",
  "br",
  "table",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
  "span",
  "mark",
  "div",
  "details",
  "summary",
] as const);
/** What these hold is not text for people. */
const DROPPED = new Set([
  "script",
  "style",
  "template",
  "iframe",
  "object",
  "embed",
  "noscript",
  "head",
  "title",
  "svg",
  "math",
  "textarea",
  "select",
]);
const ALIGN = /^(left|right|center)$/;
const MISSING = "not in the transcript";
const DEPTH = 60;

type Tag = typeof PLAIN extends Set<infer T> ? T : never;

/** The children of `into` become what this HTML may show; parts that are there already stay, so that a
    growing answer does not flicker and what a reader selected stays selected. */
export function showHtml(into: HTMLElement, html: string): void {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fresh = built(parsed.body, 0);
  const old = Array.from(into.childNodes);
  let same = 0;
  while (same < old.length && same < fresh.length && old[same].isEqualNode(fresh[same])) same++;
  for (const node of old.slice(same)) node.remove();
  into.append(...fresh.slice(same));
}

function built(parent: Node, depth: number): Node[] {
  const out: Node[] = [];
  for (const node of Array.from(parent.childNodes)) {
    if (node.nodeType === Node.TEXT_NODE) out.push(document.createTextNode(visible(node.textContent ?? "")));
    else if (node.nodeType === Node.ELEMENT_NODE) out.push(...element(node as Element, depth + 1));
  }
  return out;
}

function element(from: Element, depth: number): Node[] {
  const name = from.localName;
  if (DROPPED.has(name)) return [];
  const inner = depth > DEPTH ? [document.createTextNode(visible(from.textContent ?? ""))] : built(from, depth);
  if (name === "a") return [link(from, inner)];
  if (!PLAIN.has(name as Tag)) return inner; // an element that is not known: its words alone
  const made = h(name as Tag, {}) as HTMLElement;
  const title = from.getAttribute("title");
  if (name === "mark" || title === MISSING) made.className = "aai-missing";
  if (title) made.title = label(title, 300);
  const align = (from as HTMLElement).style?.textAlign;
  if (ALIGN.test(align)) made.style.textAlign = align;
  if (name === "ol" && /^\d{1,9}$/.test(from.getAttribute("start") ?? ""))
    made.setAttribute("start", from.getAttribute("start")!);
  made.append(...inner);
  return [made];
}

function link(from: Element, inner: Node[]): Node {
  const at = Number(from.getAttribute("data-aai-seek") ?? NaN);
  if (Number.isFinite(at) && at >= 0) {
    const said = label(from.getAttribute("title") ?? "", 300);
    const button = h("button", {
      type: "button",
      class: "aai-cite",
      title: said,
      "data-seek": at,
      "data-transcript": from.getAttribute("data-aai-transcript") ?? "",
      "aria-label": `Play ${label(from.textContent ?? "", 80)}`,
    });
    button.append(...inner);
    return button;
  }
  const url = web(from.getAttribute("href") ?? "");
  if (!url) return h("span", {}, ...inner);
  // Where it leads stands behind it in the text; nothing tells the other side where it came from.
  const out = h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", title: label(url, 300) });
  out.append(...inner);
  return out;
}

function web(text: string): string | null {
  try {
    const url = new URL(text);
    return (url.protocol === "https:" || url.protocol === "http:") && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}
