// The usual way, for comparison: an element per word, a class on the playing one.
async function start() {
  const recording = await (await fetch(`recordings/${document.body.dataset.recording}.json`)).json();
  const cell = document.querySelector("#cell");
  cell.style.cssText += ";height:400px;overflow:auto;font:15px/25px sans-serif";
  const before = performance.now();
  const spans = [];
  const page = document.createDocumentFragment();
  for (const turn of recording.turns) {
    const paragraph = document.createElement("p");
    for (const [text, from, to] of turn.words) {
      const span = document.createElement("span");
      span.textContent = `${text} `;
      span.dataset.start = from;
      span.dataset.end = to;
      spans.push(span);
      paragraph.append(span);
    }
    page.append(paragraph);
  }
  cell.append(page);
  cell.getBoundingClientRect();
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => (window.firstPaint = performance.now() - before);
    channel.port2.postMessage(0);
  });
  window.search = (text) => {
    const begin = performance.now();
    let count = 0;
    for (const span of spans) {
      const hit = span.textContent.toLowerCase().includes(text);
      span.style.background = hit ? "gold" : "";
      count += hit;
    }
    cell.getBoundingClientRect();
    return [count, performance.now() - begin];
  };
  let now = -1;
  window.play = () => {
    const from = performance.now();
    const frame = () => {
      const ms = performance.now() - from;
      const next = spans.findIndex((span) => Number(span.dataset.end) > ms);
      if (next !== now) {
        spans[now]?.style.removeProperty("background");
        spans[next]?.style.setProperty("background", "gold");
        spans[next]?.scrollIntoView({ block: "nearest" });
        now = next;
      }
      requestAnimationFrame(frame);
    };
    frame();
  };
}

start();
