import { messageOf } from "../system/errors.ts";

/** How bad it is: a problem makes runs fail or be reported wrongly; a warning can wait. */
export type CheckState = "ok" | "warning" | "problem";

/** Fixes what was found, and nothing else; returns what it did as a sentence. Throws if it cannot. */
export type Repair = () => Promise<string>;

/** What a check found. */
export interface Finding {
  /** Which check; the part before the first dot is its group. */
  check: string;
  state: CheckState;
  message: string;
  /** What to do; `null` if all is well. */
  remedy: string | null;
  /** What `--fix` does about it; absent if the user has to decide. */
  repair?: Repair;
}

/** All is well. */
export function ok(check: string, message: string): Finding {
  return { check, state: "ok", message, remedy: null };
}

/** Something works less well than it could. */
export const warning = complaint("warning");

/** Something does not work. */
export const problem = complaint("problem");

function complaint(state: CheckState) {
  return (
    check: string,
    message: string,
    remedy: string,
    repair?: Repair,
  ): Finding => ({ check, state, message, remedy, repair });
}

/** What is shown of a finding, without what `--fix` does. */
export function toldOf({ check, state, message, remedy }: Finding) {
  return { check, state, message, remedy };
}

/**
 * A problem in the words of an error. Our errors say what to do after the last
 * semicolon; `remedy` is for others.
 */
export function problemOf(
  check: string,
  error: unknown,
  remedy: string,
): Finding {
  const text = typeof error === "string" ? error : messageOf(error);
  const at = text.lastIndexOf("; ");
  return at < 0
    ? problem(check, text, remedy)
    : problem(check, text.slice(0, at), text.slice(at + 2));
}
