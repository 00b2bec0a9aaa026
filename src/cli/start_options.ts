import type { StartRequest } from "../fleet/start.ts";
import { usageError } from "../system/errors.ts";
import { parseDuration } from "../terminal/duration.ts";
import { type OptionSpec, optionText, type OptionValues } from "./command.ts";
import { PROMPT_OPTIONS } from "./input.ts";

/** The options that `start` and `resume` share. */
export const START_OPTIONS: readonly OptionSpec[] = [
  {
    name: "project",
    value: "NAME|PATH",
    help: "a registered project or a folder (default: the current folder)",
  },
  {
    name: "profile",
    value: "P",
    help: "the Codex profile, such as spark, deep or review",
  },
  {
    name: "title",
    value: "T",
    help: "a title for people (default: the first line of the prompt)",
  },
  { name: "model", value: "M", help: "the model, instead of the profile's" },
  {
    name: "sandbox",
    value: "S",
    help: "read-only, workspace-write or danger-full-access",
  },
  {
    name: "timeout",
    value: "D",
    help: "end the run after this time, such as 90s, 45m or 1h30m",
  },
  {
    name: "idle-timeout",
    value: "D",
    help: "end a worker that does nothing at all for this time",
  },
  {
    name: "verify",
    value: "CMD",
    help:
      "a shell command that decides, after the worker, whether the goal is met",
  },
  {
    name: "run-id",
    value: "ID",
    help: "the id of the run, instead of one made from the time",
  },
  {
    name: "ephemeral",
    help: "keep no Codex session: the run cannot be resumed",
  },
  {
    name: "worktree",
    help: "work in a git worktree and on a branch of its own",
  },
  {
    name: "no-worktree",
    help: "work in the folder itself, whatever the project says",
  },
  ...PROMPT_OPTIONS,
];

/** The part of a request that the options give. */
export function startRequest(
  options: OptionValues,
): Omit<StartRequest, "prompt"> {
  const timeout = optionText(options, "timeout");
  const idleTimeout = optionText(options, "idle-timeout");
  return {
    project: optionText(options, "project"),
    profile: optionText(options, "profile"),
    title: optionText(options, "title"),
    model: optionText(options, "model"),
    sandbox: optionText(options, "sandbox"),
    runId: optionText(options, "run-id"),
    idleTimeoutMs: idleTimeout === undefined
      ? undefined
      : parseDuration(idleTimeout),
    verify: optionText(options, "verify"),
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout),
    ephemeral: options["ephemeral"] === true,
    worktree: worktreeWish(options),
  };
}

function worktreeWish(options: OptionValues): boolean | undefined {
  if (!options["no-worktree"]) return options["worktree"] ? true : undefined;
  if (!options["worktree"]) return false;
  throw usageError(
    "Cannot use both --worktree and --no-worktree: give one of them",
  );
}
