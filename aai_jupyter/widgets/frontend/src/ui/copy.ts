// Copy to the clipboard. Some hosts give none to widgets: then the text is selected, and Ctrl+C copies it.

/** Whether the clipboard has it now; if not, the text of `shown` is selected. */
export async function copy(text: string, { html = "", shown }: { html?: string; shown?: Node } = {}): Promise<boolean> {
  try {
    if (html && typeof ClipboardItem === "function") {
      const kinds = { "text/plain": text, "text/html": html };
      const blobs = Object.entries(kinds).map(([type, value]) => [type, new Blob([value], { type })]);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    } else await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (shown) getSelection()?.selectAllChildren(shown);
    return false;
  }
}
