// Push to talk, or click to start and to stop: one button for both, with pointer and keyboard.

export const HOLD_MS = 400;

export interface Target {
  /** Nothing is recorded, and nothing is about to be. */
  idle(): boolean;
  begin(): void;
  finish(): void;
  cancel(): void;
}

/** What presses mean. A short one starts a recording that goes on until the next; a long one ends with itself. */
export class PushToTalk {
  private since: number | null = null;

  constructor(
    private readonly target: Target,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The button is held down (and not: was clicked). */
  get held(): boolean {
    return this.since !== null;
  }

  down(): void {
    if (this.target.idle()) {
      this.since = this.now();
      this.target.begin();
    } else {
      this.since = null;
      this.target.finish();
    }
  }

  up(): void {
    const { since } = this;
    this.since = null;
    if (since !== null && this.now() - since >= HOLD_MS) this.target.finish();
  }

  escape(): void {
    this.since = null;
    this.target.cancel();
  }
}

/** Listens on a button, and for the space key on what is around it. */
export function listenForPresses(
  button: HTMLElement,
  around: HTMLElement,
  press: PushToTalk,
  changed: () => void,
  signal: AbortSignal,
): void {
  const act = (work: () => void) => {
    work();
    changed();
  };
  const on = <K extends keyof HTMLElementEventMap>(
    target: HTMLElement,
    kinds: readonly K[],
    handler: (event: HTMLElementEventMap[K]) => void,
  ) => {
    for (const kind of kinds) target.addEventListener(kind, handler, { signal });
  };
  on(button, ["pointerdown"], (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    button.focus({ preventScroll: true });
    act(() => press.down());
  });
  on(button, ["pointerup", "pointercancel"], () => act(() => press.up()));
  // What comes without a pointer: the Enter key, and readers of the screen.
  on(button, ["click"], (event) => {
    if (event.detail !== 0) return;
    act(() => {
      press.down();
      press.up();
    });
  });
  const ours = (event: KeyboardEvent) => event.target === button || event.target === around;
  on(around, ["keydown"], (event) => {
    if (event.key === "Escape") act(() => press.escape());
    else if (event.key === "Enter" && event.repeat) event.preventDefault();
    else if (event.key === " " && ours(event)) {
      event.preventDefault(); // no click on release, and the notebook does not scroll
      if (!event.repeat) act(() => press.down());
    } else return;
    event.stopPropagation();
  });
  on(around, ["keyup"], (event) => {
    if (event.key !== " " || !ours(event)) return;
    event.preventDefault();
    act(() => press.up());
  });
}
