import * as z from "zod/mini";
import type { StartRequest } from "../fleet/mod.ts";
import { parseDuration } from "../terminal/duration.ts";

const text = (description: string) =>
  z.optional(z.string().check(z.minLength(1), z.describe(description)));

/** How a run is to be done; `start` and `resume` share it. */
export const taskInput = {
  profile: text("the Codex profile, such as spark, deep or review"),
  title: text("a title for people (default: the first line of the prompt)"),
  model: text("the model, instead of the profile's"),
  sandbox: z.optional(
    z.enum(["read-only", "workspace-write"]).check(z.describe(
      "what the worker may do (default: the profile's or the config's)",
    )),
  ),
  timeout: text("end the run after this time, such as 90s, 45m or 1h30m"),
  idle_timeout: text("end a worker that does nothing at all for this time"),
  worktree: z.optional(
    z.boolean().check(z.describe(
      "work in a git worktree and on a branch of its own (default: what the project says)",
    )),
  ),
};

const TaskInput = z.object(taskInput);

/** The part of a request that the arguments give. Throws a `usage` error for a duration that is none. */
export function taskRequest(
  args: z.infer<typeof TaskInput>,
): Omit<StartRequest, "prompt"> {
  const { profile, title, model, sandbox, timeout, idle_timeout, worktree } =
    args;
  return {
    profile,
    title,
    model,
    sandbox,
    worktree,
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout),
    idleTimeoutMs: idle_timeout === undefined
      ? undefined
      : parseDuration(idle_timeout),
  };
}

/** What `start` and `resume` answer. */
export const StartedRun = z.object({
  run_id: z.string(),
  title: z.string(),
  status: z.string(),
  project: z.nullable(z.string()),
  cwd: z.string(),
  profile: z.nullable(z.string()),
  sandbox: z.string(),
  parent_run_id: z.nullable(z.string()),
  pane_id: z.nullable(
    z.string().check(z.describe("the tmux pane in which the person sees it")),
  ),
  next: z.string(),
});
