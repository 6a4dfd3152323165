// File upload by drop or picker, in chunks over the widget's channel; paths and URLs that the kernel reads itself.
import type { Reply } from "../channel.ts";
import { label } from "../data/safe.ts";
import { clock } from "../data/time.ts";
import type { FileEntry } from "../traits/studio.ts";
import { button, textButton } from "../ui/button.ts";
import { h, renew } from "../ui/dom.ts";

export type Ask = (
  type: string,
  payload?: Record<string, unknown>,
  buffers?: ArrayBuffer[],
  patience?: number,
) => Promise<Reply>;

const PIECE = 1 << 19; // a message stays well under 1 MB

export class Files {
  readonly element: HTMLElement;
  private readonly list = h("ul", { class: "aai-studio-files", "aria-label": "Recordings" });
  private readonly sending = h("div", { class: "aai-studio-sending" });

  constructor(
    private readonly ask: Ask,
    private readonly notice: (text: string) => void,
    private readonly signal: AbortSignal,
  ) {
    const picker = h("input", {
      type: "file",
      multiple: true,
      accept: "audio/*,video/*",
      class: "aai-hidden-input",
      tabindex: "-1",
      "aria-hidden": "true",
      on: {
        change: () => {
          this.take(picker.files);
          picker.value = "";
        },
      },
    });
    const place = h("input", {
      type: "text",
      class: "aai-studio-input",
      placeholder: "path or address",
      title: "A path, a pattern or an address that the kernel can read",
      "aria-label": "Path or URL",
      spellcheck: "false",
      on: {
        keydown: (event) => {
          if (event.key !== "Enter" || !place.value.trim()) return;
          this.ask("add", { text: place.value }).then(() => (place.value = ""), this.failed);
        },
      },
    });
    const choose = textButton("Choose files", () => picker.click(), { name: "file" });
    choose.classList.add("aai-studio-choose");
    const over = (on: boolean) => (event: DragEvent) => {
      event.preventDefault();
      event.stopPropagation(); // the notebook has plans of its own for dropped files
      zone.toggleAttribute("data-over", on);
    };
    const drop = (event: DragEvent) => {
      over(false)(event);
      this.take(event.dataTransfer?.files ?? null);
    };
    const zone = h(
      "div",
      {
        class: "aai-studio-drop",
        on: { dragenter: over(true), dragover: over(true), dragleave: over(false), drop },
      },
      choose,
      h("span", { class: "aai-facts", text: "or drop them here" }),
      picker,
      place,
    );
    this.element = h("div", { class: "aai-studio-inbox" }, zone, this.sending, this.list);
  }

  show(entries: readonly FileEntry[]): void {
    renew(
      this.list,
      ...entries.map((entry) => {
        const facts = [entry.seconds ? clock(entry.seconds * 1000) : "", entry.size ? size(entry.size) : ""]
          .filter(Boolean)
          .join(" · ");
        const away = button("close", "Remove", () => this.ask("remove", { key: entry.key }).catch(this.failed));
        away.setAttribute("aria-label", `Remove ${label(entry.name, 80)}`);
        return h(
          "li",
          {},
          h("span", { class: "aai-studio-name", text: label(entry.name) }),
          h("span", { class: "aai-facts", text: facts }),
          away,
        );
      }),
    );
  }

  private readonly failed = (error: Error): void => this.notice(error.message);

  private take(files: FileList | null): void {
    this.notice("");
    // One after the other: the kernel's channel is the narrow place.
    void Array.from(files ?? []).reduce((before, file) => before.then(() => this.send(file)), Promise.resolve());
  }

  private async send(file: File): Promise<void> {
    const bar = h("progress", {
      max: String(Math.max(1, file.size)),
      value: "0",
      "aria-label": `Sending ${label(file.name, 80)}`,
    });
    const line = h(
      "div",
      { class: "aai-studio-line" },
      h("span", { class: "aai-studio-name", text: label(file.name) }),
      bar,
    );
    this.sending.append(line);
    let key: unknown;
    try {
      key = (await this.ask("upload_begin", { name: file.name, size: file.size })).message.key;
      for (let offset = 0; offset < file.size; offset += PIECE) {
        if (this.signal.aborted) return;
        const piece = await file.slice(offset, offset + PIECE).arrayBuffer();
        await this.ask("upload_piece", { key, offset }, [piece]);
        bar.value = offset + piece.byteLength;
      }
      await this.ask("upload_end", { key });
    } catch (error) {
      this.notice((error as Error).message);
      if (key) this.ask("remove", { key }).catch(() => undefined);
    } finally {
      line.remove();
    }
  }
}

export function size(bytes: number): string {
  for (const unit of ["B", "kB", "MB"]) {
    if (bytes < 1000) return unit === "B" ? `${bytes} B` : `${bytes.toFixed(1)} ${unit}`;
    bytes /= 1000;
  }
  return `${bytes.toFixed(1)} GB`;
}
