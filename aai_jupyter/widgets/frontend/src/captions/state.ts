// What a session's state means for the page: words, and which buttons make sense.
import type { Meta, State } from "../traits/captions.ts";

export function running(state: State): boolean {
  return state !== "ended" && state !== "ending";
}

export function priceText(meta: Meta): string {
  if (meta.price === null) return "The local engine is free.";
  const hour = `About $${meta.price.toFixed(2)} for an hour`;
  return meta.sides.length ? `${hour}: two sessions, one for each side.` : `${hour} of open session.`;
}

/** What has to be said before both sides of a call are recorded. */
export function consentText(meta: Meta): string {
  return (
    "This records everybody in the call: your microphone, and what the tab or the computer plays. The others must know it and agree " +
    `before you begin. ${priceText(meta)}`
  );
}

/** The line beside the title. */
export function stateText(state: State, meta: Meta): string {
  switch (state) {
    case "waiting":
      if (meta.computer) return "not recording";
      return meta.microphone ? "waiting for the microphone" : "starting";
    case "connecting":
      return "connecting";
    case "open":
      return "live";
    case "paused":
    case "released":
      return "paused";
    case "reconnecting":
      return "connection lost, connecting again";
    case "ending":
      return "waiting for the last words";
    default:
      return "ended";
  }
}

/** What a pause means for the bill. */
export function pauseText(state: State, meta: Meta): string {
  const free = meta.price === null;
  if (state === "paused") {
    return free
      ? "Nothing is sent."
      : `Nothing is sent, but the session stays open and is billed, about $${(meta.price as number).toFixed(2)} an hour.`;
  }
  if (state === "released") return "Nothing is sent and nothing is billed. Going on takes about a second.";
  return "";
}
