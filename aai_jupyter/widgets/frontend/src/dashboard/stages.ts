// Stages of a recording: their letters in the trait, their words, and the groups that people look for.

export const WORDS: Record<string, string> = {
  w: "waiting",
  c: "checking",
  u: "uploading",
  s: "submitted",
  q: "queued",
  p: "processing",
  k: "from cache",
  d: "done",
  e: "failed",
};

/** Signs beside the words, so that nothing is told by colour alone. */
export const SIGNS: Record<string, string> = { w: "·", k: "✓", d: "✓", e: "✕" };

export const GROUPS = [
  { name: "All", letters: "" },
  { name: "In work", letters: "cusqp" },
  { name: "Waiting", letters: "w" },
  { name: "Failed", letters: "e" },
  { name: "Done", letters: "kd" },
] as const;

export function ended(letter: string): boolean {
  return "kde".includes(letter);
}

/** Places of the recordings of a group, in their order. */
export function placesOf(stages: string, letters: string): number[] {
  const out: number[] = [];
  for (let place = 0; place < stages.length; place++) {
    if (!letters || letters.includes(stages[place])) out.push(place);
  }
  return out;
}

/** The rows to draw of many: from and to (exclusive), with a few more on both sides. */
export function windowOf(top: number, height: number, row: number, count: number, more = 6): [number, number] {
  if (row <= 0 || count <= 0) return [0, 0];
  const first = Math.max(0, Math.min(count, Math.floor(top / row)) - more);
  return [first, Math.min(count, Math.ceil((top + height) / row) + more)];
}
