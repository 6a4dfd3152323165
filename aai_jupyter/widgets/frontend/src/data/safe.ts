// Text of a transcript is somebody else's. It only ever becomes textContent; here the characters that would
// hide or reorder what stands around them are made visible, each by exactly one UTF-16 unit, so that
// character offsets stay valid.

// C0 and C1 controls, embeddings, overrides and isolates, invisible operators, BOM, annotations.
// Joiners (emoji, Persian) and the plain LRM, RLM and ALM marks keep their meaning.
const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function picture(unit: string): string {
  const code = unit.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return code === 0xad ? "\u2010" : "\ufffd";
}

/** The text with every hiding or reordering character shown as one visible placeholder. */
export function visible(text: string): string {
  return text.replace(HIDDEN, picture).replace(LONE, "\ufffd");
}

/** For names, labels and messages: also on one line and of bounded length. */
export function label(text: unknown, limit = 200): string {
  const line = visible(String(text ?? "")).replace(/[\t\n\r]+/g, " ");
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
