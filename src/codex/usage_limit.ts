/** How much of an account limit is used, as the server reported. */
export interface UsageLimit {
  /** Which of the account's limits it is: `codex`, or that of some models. */
  limit: string;
  /** A limit has up to two windows. */
  place: "primary" | "secondary";
  used_percent: number;
  /** How long its window is; `null` if that was not told. */
  window_minutes: number | null;
  /** Seconds since 1970; `null` if that was not told. */
  resets_at: number | null;
}

/** The limit that Codex means if it names none. */
export const MAIN_LIMIT = "codex";

/** Adds what was told to what is known. A window that is left out has not changed (seen with 0.169). */
export function mergeLimits<Known extends Pick<UsageLimit, "limit" | "place">>(
  known: readonly Known[],
  told: readonly Known[],
): Known[] {
  const isTold = ({ limit, place }: Known) =>
    told.some((other) => other.limit === limit && other.place === place);
  return [...known.filter((window) => !isTold(window)), ...told];
}
