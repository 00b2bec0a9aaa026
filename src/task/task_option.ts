import type { RunChain, RunTask } from "../run/record.ts";
import type { OptionKind } from "../text/option_value.ts";

/** An option of a task: everything that is known about it. */
export type TaskOption = OptionKind & {
  /** Help for people, and for models unless `tool` says otherwise. */
  help: string;
  /** How the tools for models differ from the command line; `null`: they do not offer it. */
  tool?: null | { help?: string; choices?: readonly string[] };
  /** Whether it belongs to a single task, so that it cannot be given for all tasks of a batch. */
  single?: true;
  /** The field of a run's record that keeps it, if one does. */
  record?: keyof RunTask | `chain.${keyof RunChain}`;
  /** What the record says if neither the caller nor the config nor the project sets the option. */
  default?: string | number | boolean | null | readonly string[];
  /** Which later runs of the task take the value over; `same …`: unless they name another. */
  kept?: Partial<Record<LaterRun, true | "same profile" | "same check">>;
  /** What it could let a worker or a program do that the session may not; determines whether a model may give it unasked. */
  gives: Power;
};

/** A run that follows another: through `rerun`, through `resume`, or as a further attempt. */
export type LaterRun = "rerun" | "resume" | "attempt";

/** What an option could give: nothing, or something that its value decides. */
export type Power =
  | "nothing"
  | "folder"
  | "profile"
  | "sandbox"
  | "protected"
  | "servers"
  | "account"
  | "check"
  | "command";
