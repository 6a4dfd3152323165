// The place that the page's shell gives a widget, with the style where it holds: in the page, or in a shadow tree.
export async function place(id = "#cell") {
  let parent = document.querySelector(id);
  let home = document.head;
  if (document.body.dataset.shell === "shadow") {
    home = parent.attachShadow({ mode: "open" });
    parent = home.appendChild(document.createElement("div"));
  }
  const sheet = document.createElement("style");
  sheet.textContent = await (await fetch("aai.css")).text();
  home.append(sheet);
  return parent;
}
