// Saves a text as a file of the browser.
import { h } from "./dom.ts";

export function download(text: string, name: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  h("a", { href, download: name }).click();
  window.setTimeout(() => URL.revokeObjectURL(href), 60_000); // not before the browser has read it
}
