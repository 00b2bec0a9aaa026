import { oneLine } from "../text/sanitize.ts";
import type { Style } from "./style.ts";

/** The state of a run, for titles, tables, lines and messages. */
export interface Outcome {
  /** One character. */
  mark: string;
  words: string;
  paint: keyof Pick<Style, "ok" | "warn" | "bad" | "dim" | "accent">;
}

const BY_STATUS: Record<string, Outcome> = {
  queued: { mark: "○", words: "queued", paint: "accent" },
  starting: { mark: "●", words: "starting", paint: "accent" },
  running: { mark: "●", words: "running", paint: "accent" },
  stopped: { mark: "■", words: "stopped", paint: "dim" },
  timed_out: { mark: "◷", words: "timed out", paint: "bad" },
};

/** The state of a run in a word or two, from its status and, if it has finished, whether its goal is met. */
export function outcomeOf(
  { status, goal_met, waiting_for }: {
    status: string;
    goal_met?: boolean | null;
    waiting_for?: unknown;
  },
): Outcome {
  if (waiting_for) return { mark: "?", words: "asks", paint: "warn" };
  if (status !== "finished") {
    return BY_STATUS[status] ??
      {
        mark: "!",
        words: oneLine(status.replaceAll("_", " "), 40),
        paint: "bad",
      };
  }
  return goal_met === true ? { mark: "✓", words: "goal met", paint: "ok" } : {
    mark: "✗",
    words: goal_met === false ? "goal not met" : "no result",
    paint: "warn",
  };
}
