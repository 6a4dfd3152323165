// One key table. Keys typed into a field are the field's; all others stay inside the widget, because
// notebooks have commands on single letters (b inserts a cell).
export type KeyTable = Record<string, (event: KeyboardEvent) => void>;

function chord(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key)) ? "Shift+" : "";
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift}${key}`;
}

/** Whether somebody types there. */
export function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input:not([type=checkbox]):not([type=range]), textarea, select");
}

export function bindKeys(root: HTMLElement, table: KeyTable, signal: AbortSignal): void {
  const pressed = (event: KeyboardEvent) => {
    const name = chord(event);
    const act = table[name];
    const target = event.composedPath()[0] as Element;
    const own = (name === " " || name === "Enter") && !!target.closest?.("button, summary, input, a");
    if (act && !typing(target) && !own) {
      event.preventDefault();
      act(event);
    } else if (name === "Escape" && act) {
      act(event);
    }
    event.stopPropagation();
  };
  root.addEventListener("keydown", pressed, { signal });
}
