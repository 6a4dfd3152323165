// Marks stretches of text without touching the DOM: CSS custom highlights, or boxes behind the text where a
// browser has none.

export interface Span {
  node: Text;
  from: number;
  to: number;
}

export const MARKS = [
  "low",
  "positive",
  "negative",
  "entity",
  "phrase",
  "redaction",
  "selection",
  "hit",
  "hit-now",
  "word",
] as const;
/** Beside the fixed ones, one for each colour of a code: `code-0072b2`. */
export type Mark = (typeof MARKS)[number] | `code-${string}`;

export interface Painter {
  set(mark: Mark, spans: Span[]): void;
  /** The layout changed: boxes have to move. */
  moved(): void;
  dispose(): void;
}

export function makePainter(layer: HTMLElement): Painter {
  return typeof Highlight === "function" && CSS.highlights ? new HighlightPainter() : new BoxPainter(layer);
}

function range(span: Span): Range {
  const out = document.createRange();
  const length = span.node.length;
  out.setStart(span.node, Math.min(span.from, length));
  out.setEnd(span.node, Math.min(span.to, length));
  return out;
}

/** The registry belongs to the page, so several players share each highlight and add their own ranges. */
class HighlightPainter implements Painter {
  private readonly own = new Map<Mark, Range[]>();

  set(mark: Mark, spans: Span[]): void {
    const name = `aai-${mark}`;
    const before = this.own.get(mark);
    if (!spans.length && !before?.length) return;
    let highlight = CSS.highlights.get(name);
    if (!highlight) {
      highlight = new Highlight();
      highlight.priority = MARKS.indexOf(mark as (typeof MARKS)[number]);
      CSS.highlights.set(name, highlight);
    }
    for (const old of before ?? []) highlight.delete(old);
    const now = spans.map(range);
    for (const one of now) highlight.add(one);
    this.own.set(mark, now);
  }

  moved(): void {}

  dispose(): void {
    for (const mark of [...this.own.keys()]) this.set(mark, []);
  }
}

class BoxPainter implements Painter {
  private readonly groups = new Map<Mark, { spans: Span[]; box: HTMLElement }>();

  constructor(private readonly layer: HTMLElement) {
    for (const mark of MARKS) this.group(mark);
  }

  private group(mark: Mark): { spans: Span[]; box: HTMLElement } {
    const known = this.groups.get(mark);
    if (known) return known;
    const box = document.createElement("div");
    box.className = `aai-boxes aai-boxes-${mark}`;
    if (mark.startsWith("code-")) box.style.setProperty("--aai-code", `#${mark.slice(5)}`);
    this.layer.append(box);
    const made = { spans: [], box };
    this.groups.set(mark, made);
    return made;
  }

  set(mark: Mark, spans: Span[]): void {
    const group = this.group(mark);
    group.spans = spans;
    this.draw(group);
  }

  moved(): void {
    for (const group of this.groups.values()) this.draw(group);
  }

  dispose(): void {
    for (const { box } of this.groups.values()) box.remove();
  }

  private draw({ spans, box }: { spans: Span[]; box: HTMLElement }): void {
    const origin = this.layer.getBoundingClientRect();
    const boxes = spans.flatMap((span) =>
      Array.from(range(span).getClientRects(), (rect) => {
        const one = document.createElement("i");
        one.style.cssText = `left:${rect.left - origin.left}px;top:${rect.top - origin.top}px;width:${rect.width}px;height:${rect.height}px`;
        return one;
      }),
    );
    box.replaceChildren(...boxes);
  }
}
