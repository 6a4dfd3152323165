// Times as people read and hear them. All in milliseconds.

/** 0:07, 12:05, 1:02:03; with `tenths` 0:07.4. */
export function clock(ms: number, tenths = false): string {
  const whole = tenths ? Math.floor(Math.max(0, ms) / 100) / 10 : Math.floor(Math.max(0, ms) / 1000);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const seconds = (whole % 60).toFixed(tenths ? 1 : 0).padStart(tenths ? 4 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** 12,345: the browser's own formatting loads its tables first, which takes longer than all the rest of a toolbar. */
export function grouped(n: number): string {
  const digits = String(n);
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 3) groups.unshift(digits.slice(Math.max(0, end - 3), end));
  return groups.join(",");
}

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}

/** For screen readers: "1 minute 12 seconds". */
export function spoken(ms: number): string {
  const total = Math.floor(Math.max(0, ms) / 1000);
  const parts = [
    [Math.floor(total / 3600), "hour"],
    [Math.floor(total / 60) % 60, "minute"],
    [total % 60, "second"],
  ].filter(([n]) => n) as [number, string][];
  return parts.length ? parts.map(([n, unit]) => count(n, unit)).join(" ") : "0 seconds";
}

const STEPS = [100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5];

/** Distance of ruler ticks that keeps labels at least `room` pixels apart. */
export function tickStep(msPerPixel: number, room: number): number {
  return STEPS.find((step) => step / msPerPixel >= room) ?? 36e6;
}
