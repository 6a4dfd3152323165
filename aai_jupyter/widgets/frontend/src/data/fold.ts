// The key by which text is found: the same as `fold` of the Python module text/tokenization.py, tested on the same
// inputs. What is written in several ways (composed or not, case, width, quotes, joiners) has one key.

// Characters without width, and what Arabic and Hebrew write or leave out as they like.
const INVISIBLE =
  "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164" +
  "\\ufe00-\\ufe0f\\ufeff\\uffa0\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}";
const OPTIONAL = "\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0640\\u064b-\\u0652\\u0670";
const DROPPED = new RegExp(`[${INVISIBLE}${OPTIONAL}]`, "gu");
const SAME: readonly [RegExp, string][] = [
  [/[‘’‚‛ʻʼʽ′‵´`＇ʹ׳ꞌ]/g, "'"],
  [/[“”„‟«»″‶〝〞〟＂״]/g, '"'],
  [/[‐‑‒–—―−﹣－]/g, "-"],
];
/** Goes with the character before it. */
const EXTENDS = `\\p{M}\\u1160-\\u11ff\\ud7b0-\\ud7ff\\uff9e\\uff9f\\u0e33\\u0eb3\\u{1f3fb}-\\u{1f3ff}${INVISIBLE}`;
const EXTENDING = new RegExp(`[${EXTENDS}]`, "u");
const CLUSTER = new RegExp(`\\s|[^\\s][${EXTENDS}]*`, "gu");
/** Scripts that write no spaces between words. */
const UNSPACED = new RegExp(
  "[\\u0e00-\\u0fff\\u1000-\\u109f\\u1780-\\u17ff\\u1950-\\u19ff\\u1a20-\\u1aaf\\u2e80-\\u2fff\\u3000-\\u312f" +
    "\\u3190-\\u4dbf\\u4e00-\\ua4cf\\ua980-\\ua9ff\\uaa60-\\uaadf\\uf900-\\ufaff\\uff00-\\uff0f\\uff1a-\\uff20" +
    "\\uff3b-\\uff40\\uff5b-\\uff9f\\u{1aff0}-\\u{1b16f}\\u{20000}-\\u{3ffff}]",
  "u",
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant
const ASCII = /^[\x00-\x7f]*$/;

function same(text: string): string {
  let made = text;
  for (const [these, one] of SAME) made = made.replace(these, one);
  return made;
}

export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replaceAll("`", "'");
  const plain = same(text).replace(DROPPED, "").normalize("NFKC");
  const lower = plain
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll("ς", "σ")
    .replace(/i\u0307+/g, "i");
  return same(lower.normalize("NFKC"));
}

export interface Folded {
  readonly text: string;
  /** Where in the text a stretch of the key (at least one character) stands. */
  span(first: number, last: number): [number, number];
}

export function folded(text: string): Folded {
  if (ASCII.test(text)) return { text: fold(text), span: (first, last) => [first, last] };
  const parts: string[] = [];
  const begins: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const part of text.match(CLUSTER) ?? []) {
    const key = fold(part);
    parts.push(key);
    for (let i = 0; i < key.length; i++) {
      begins.push(at);
      ends.push(at + part.length);
    }
    at += part.length;
  }
  return { text: parts.join(""), span: (first, last) => [begins[first], ends[last - 1]] };
}

/**
 * The pattern that finds a phrase in a key. Its spaces match punctuation too, and nothing in scripts without spaces; it
 * ends between two characters, not between a letter and its mark.
 */
export function phrase(wanted: string): string {
  const space = "[^\\S\\n]*";
  const between = "[^\\p{L}\\p{M}\\p{N}_\\n]*";
  let made = "";
  let last = "";
  for (const part of fold(wanted).split(/\s+/u).filter(Boolean)) {
    const letters = [...part];
    if (made) {
      const loose = UNSPACED.test(letters[0]) || UNSPACED.test(last);
      made += loose ? between : `${between}[^\\S\\n]+${between}`;
    }
    letters.forEach((letter, i) => {
      const parted = i > 0 && UNSPACED.test(letters[i - 1]) && UNSPACED.test(letter) && !EXTENDING.test(letter);
      made += (parted ? space : "") + letter.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    });
    last = letters[letters.length - 1];
  }
  return made && `${made}(?![${EXTENDS}])`;
}
