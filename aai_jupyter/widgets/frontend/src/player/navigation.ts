// Keyboard navigation by words and turns, and marking a selection while moving.
import { turnOfWord } from "../data/columns.ts";
import type { State } from "./state.ts";
import type { Transport } from "./transport.ts";

export class Navigation {
  private marked = -1;

  constructor(
    private readonly state: State,
    private readonly transport: Transport,
    private readonly show: (word: number) => void,
  ) {}

  word(step: 1 | -1): void {
    this.to(this.state.word + step);
  }

  turn(step: 1 | -1): void {
    const { columns: c, word } = this.state;
    const turn = turnOfWord(c, Math.max(0, word));
    // Back goes to the start of this turn first, as players do with tracks.
    const goal = step > 0 ? turn + 1 : word > c.first[turn] ? turn : turn - 1;
    if (goal >= 0 && goal < c.turns) this.to(c.first[goal]);
  }

  /** Starts or ends marking; true when it starts. */
  mark(): boolean {
    this.marked = this.marked < 0 ? Math.max(0, this.state.word) : -1;
    if (this.marked >= 0) this.extend();
    return this.marked >= 0;
  }

  private to(word: number): void {
    const { columns: c } = this.state;
    const goal = Math.max(0, Math.min(c.words - 1, word));
    if (c.words === 0) return;
    this.transport.seek(c.start[goal]);
    // Words may start together: the one asked for is the one meant.
    this.state.word = goal;
    this.show(goal);
    if (this.marked >= 0) this.extend();
  }

  private extend(): void {
    const word = Math.max(0, this.state.word);
    this.state.select({ kind: "words", first: Math.min(this.marked, word), last: Math.max(this.marked, word) });
  }
}
