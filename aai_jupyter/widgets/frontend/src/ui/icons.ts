// The few icons, drawn on a 16 by 16 grid with the text colour.
const NS = "http://www.w3.org/2000/svg";

const PATHS = {
  play: "M5 3.2v9.6l8-4.8z!",
  pause: "M4.5 3h2.6v10H4.5zM8.9 3h2.6v10H8.9z!",
  back: "M8 3.2a5 5 0 1 1-4.8 3.6M8 1l-2.6 2.2L8 5.4",
  forward: "M8 3.2a5 5 0 1 0 4.8 3.6M8 1l2.6 2.2L8 5.4",
  skip: "M1.5 8h1.6l1.2-3 1.6 6 1.1-3h1M9.6 5l3 3-3 3M14.4 5v6",
  loop: "M3 7.6V6.4A2.4 2.4 0 0 1 5.4 4H13M10.8 1.8 13 4l-2.2 2.2M13 8.4v1.2a2.4 2.4 0 0 1-2.4 2.4H3M5.2 14.2 3 12l2.2-2.2",
  follow: "M2.5 3.5h11M2.5 8h5M2.5 12.5h5M11.5 6.5v6M9.2 10.4l2.3 2.3 2.3-2.3",
  search: "M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8M10.3 10.3l3.4 3.4",
  speakers:
    "M6 7.6a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M1.6 13.4c.3-2.6 2-4 4.4-4s4.1 1.4 4.4 4M10.4 2.9a2.4 2.4 0 0 1 0 4.5M12 9.8c1.4.5 2.2 1.7 2.4 3.6",
  layers: "M8 2.4 14 5.6 8 8.8 2 5.6zM2.4 8.6 8 11.5l5.6-2.9M2.4 11.2 8 14.1l5.6-2.9",
  edit: "M2.6 13.4l.7-2.9 7.4-7.4 2.2 2.2-7.4 7.4zM9.4 4.4l2.2 2.2",
  undo: "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.6 3.6 2.8 6.5l2.8 2.9",
  redo: "M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M10.4 3.6l2.8 2.9-2.8 2.9",
  review: "M2.4 8.6l2.4 2.4 4.4-5.4M9 11l1 1 4.4-5.4",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  up: "M3.8 10 8 5.8l4.2 4.2",
  down: "M3.8 6 8 10.2 12.2 6",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.4l3.2 3.2L13 4.8",
  microphone: "M8 2.2a2 2 0 0 0-2 2v3.4a2 2 0 0 0 4 0V4.2a2 2 0 0 0-2-2M3.8 7.4a4.2 4.2 0 0 0 8.4 0M8 11.6v2.2",
  stop: "M4 4h8v8H4z!",
  copy: "M5.6 5.6h8v8h-8zM10.4 5.6V2.4h-8v8h3.2",
  file: "M4 2.2h5l3 3v8.6H4zM9 2.2v3h3",
  keyboard: "M1.8 4h12.4v8H1.8zM4.2 6.6h.1M6.7 6.6h.1M9.2 6.6h.1M11.7 6.6h.1M4.8 9.5h6.4",
  terms: "M2.4 8.2 8 2.6h5.2v5.2l-5.6 5.6zM10.6 5.4h.1",
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon): SVGSVGElement {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "aai-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NS, "path");
  const drawing: string = PATHS[name];
  path.setAttribute("d", drawing.replace("!", ""));
  if (drawing.endsWith("!")) path.setAttribute("class", "aai-solid");
  svg.append(path);
  return svg;
}

export function swapIcon(button: Element, name: Icon): void {
  if (button.getAttribute("data-icon") === name) return;
  button.setAttribute("data-icon", name);
  button.querySelector("svg")?.replaceWith(icon(name));
}
