// What one browser tab remembers when its page is loaded anew. Frames without storage remember nothing.

const PREFIX = "aai_jupyter:";

export function remember(key: string, value: string): void {
  try {
    if (key) sessionStorage.setItem(PREFIX + key, value);
  } catch {
    // A sandboxed frame, or the storage is full.
  }
}

export function recall(key: string): string {
  try {
    return (key && sessionStorage.getItem(PREFIX + key)) || "";
  } catch {
    return "";
  }
}
