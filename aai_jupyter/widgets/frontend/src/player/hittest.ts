// Hit test: which character of a paragraph is under the pointer.
interface CaretDocument {
  caretPositionFromPoint?(
    x: number,
    y: number,
    options?: { shadowRoots: ShadowRoot[] },
  ): { offsetNode: Node; offset: number } | null;
  caretRangeFromPoint?(x: number, y: number): Range | null;
}

/** Offset in `node`, or -1 when the point is beside its text. */
export function characterAt(node: Text, x: number, y: number): number {
  const offset = fromCaret(node, x, y) ?? fromBoxes(node, x, y);
  return offset === null || !near(node, offset, x, y) ? -1 : offset;
}

function fromCaret(node: Text, x: number, y: number): number | null {
  const doc = document as CaretDocument;
  const root = node.getRootNode();
  const shadowRoots = root instanceof ShadowRoot ? [root] : [];
  const position = doc.caretPositionFromPoint?.(x, y, { shadowRoots });
  if (position?.offsetNode === node) return position.offset;
  const caret = doc.caretRangeFromPoint?.(x, y);
  return caret?.startContainer === node ? caret.startOffset : null;
}

/** Works in every browser and shadow tree: bisects by lines, then by distance on the line. */
function fromBoxes(node: Text, x: number, y: number): number | null {
  const probe = document.createRange();
  const box = (at: number) => {
    probe.setStart(node, at);
    probe.setEnd(node, Math.min(node.length, at + 1));
    return probe.getBoundingClientRect();
  };
  let low = 0;
  let high = node.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (box(middle).bottom <= y) low = middle + 1;
    else high = middle;
  }
  let best: number | null = null;
  let distance = Infinity;
  for (let at = low; at < node.length; at++) {
    const rect = box(at);
    if (rect.top > y) break;
    const away = Math.max(rect.left - x, x - rect.right, 0);
    if (away < distance) {
      distance = away;
      best = at;
    }
  }
  return best;
}

/** A caret position is also given for a click far beside the text: only a click on it counts. */
function near(node: Text, offset: number, x: number, y: number): boolean {
  const probe = document.createRange();
  probe.setStart(node, Math.max(0, offset - 1));
  probe.setEnd(node, Math.min(node.length, offset + 1));
  return Array.from(probe.getClientRects()).some(
    (rect) => x >= rect.left - 8 && x <= rect.right + 8 && y >= rect.top - 6 && y <= rect.bottom + 6,
  );
}
