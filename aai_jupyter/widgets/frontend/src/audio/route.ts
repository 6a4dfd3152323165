// The stretches of the recording that are heard, in order: all of it, without the silences, a looped
// selection, or a playlist. Engines know nothing else about any of these.
export type Stretch = [from: number, to: number];

export class Route {
  private index = 0;

  constructor(
    private readonly stretches: readonly Stretch[],
    private readonly loop = false,
  ) {}

  /** Goes to `ms`, or to the next stretch when `ms` lies in none; returns where that is, null past the end. */
  enter(ms: number): number | null {
    // A playlist may hold a place twice: stay in the current stretch when it fits.
    const now = this.stretches[this.index];
    if (now && ms >= now[0] && ms < now[1]) return ms;
    let next = -1;
    for (let i = 0; i < this.stretches.length; i++) {
      const [from, to] = this.stretches[i];
      if (ms >= from && ms < to) {
        this.index = i;
        return ms;
      }
      if (from >= ms && (next < 0 || from < this.stretches[next][0])) next = i;
    }
    if (next < 0) return this.loop && this.stretches.length ? this.at(0) : null;
    return this.at(next);
  }

  /** Starts the first stretch; null when there is none. */
  restart(): number | null {
    return this.stretches.length ? this.at(0) : null;
  }

  /** End of the current stretch. */
  get end(): number {
    return this.stretches[this.index]?.[1] ?? 0;
  }

  /** Goes on to the following stretch; returns its start, null after the last. */
  next(): number | null {
    if (this.index + 1 < this.stretches.length) return this.at(this.index + 1);
    return this.loop ? this.restart() : null;
  }

  private at(index: number): number {
    this.index = index;
    return this.stretches[index][0];
  }
}

/** What two ascending, disjoint lists share. */
export function intersect(a: readonly Stretch[], b: readonly Stretch[]): Stretch[] {
  const out: Stretch[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i][0], b[j][0]);
    const to = Math.min(a[i][1], b[j][1]);
    if (to > from) out.push([from, to]);
    if (a[i][1] < b[j][1]) i++;
    else j++;
  }
  return out;
}
