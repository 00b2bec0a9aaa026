import * as z from "zod/mini";
import type { StartRequest } from "../fleet/mod.ts";
import { resolveRunId } from "../run/store.ts";
import { readDuration } from "../terminal/option_value.ts";
import type { Workspace } from "../workspace/workspace.ts";

const text = (description: string) =>
  z.optional(z.string().check(z.minLength(1), z.describe(description)));

const ids = (description: string) =>
  z.optional(z.array(z.string()).check(z.describe(description)));

/** The task itself. */
export const promptInput = z.string().check(z.describe(
  "the whole task: goal, files, acceptance criteria, the command that checks them. The worker sees nothing else but its folder",
));

/** Where a new run works. */
export const projectInput = text(
  "a registered project or a folder (default: the folder of this server)",
);

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
  priority: z.optional(
    z.int().check(
      z.minimum(-1_000),
      z.maximum(1_000),
      z.describe("of runs that wait, the highest goes first (default: 0)"),
    ),
  ),
  hold: z.optional(
    z.boolean().check(z.describe("wait until somebody releases it")),
  ),
  after: ids("start when these runs have ended with their goal met"),
  after_any_end: ids("start when these runs have ended, however"),
  retry: z.optional(
    z.int().check(
      z.minimum(0),
      z.maximum(100),
      z.describe(
        "try failures that may pass (network, server) so often again",
      ),
    ),
  ),
  escalate: z.optional(
    z.array(z.string()).check(z.describe(
      "when the goal is not met, let these profiles try in turn; empty: nobody",
    )),
  ),
  max_attempts: z.optional(
    z.int().check(
      z.minimum(1),
      z.maximum(100),
      z.describe("how many attempts there may be in all"),
    ),
  ),
  max_time: text("how long all attempts together may work"),
  max_chain_tokens: z.optional(
    z.int().check(
      z.minimum(1),
      z.describe("how many tokens all attempts together may use"),
    ),
  ),
  max_tokens: z.optional(
    z.int().check(
      z.minimum(1),
      z.describe("end the run when it has used so many tokens"),
    ),
  ),
  worktree: z.optional(
    z.boolean().check(z.describe(
      "work in a git worktree and on a branch of its own (default: what the project says)",
    )),
  ),
};

const TaskInput = z.object(taskInput);

/** The part of a request that the arguments give. Throws `usage` errors for durations and ids that are none, `not_found` for runs. */
export async function taskRequest(
  workspace: Workspace,
  args: z.infer<typeof TaskInput>,
): Promise<Omit<StartRequest, "prompt">> {
  const { profile, title, model, sandbox, timeout, idle_timeout } = args;
  const resolveAll = async (names: readonly string[] | undefined) =>
    names && await Promise.all(
      names.map((name) => resolveRunId(workspace, name)),
    );
  return {
    profile,
    title,
    model,
    sandbox,
    worktree: args.worktree,
    timeoutMs: timeout === undefined
      ? undefined
      : readDuration("timeout", timeout),
    idleTimeoutMs: idle_timeout === undefined
      ? undefined
      : readDuration("idle_timeout", idle_timeout),
    priority: args.priority,
    hold: args.hold,
    after: await resolveAll(args.after),
    afterAnyEnd: await resolveAll(args.after_any_end),
    retry: args.retry,
    escalate: args.escalate,
    maxAttempts: args.max_attempts,
    maxChainMs: args.max_time === undefined
      ? undefined
      : readDuration("max_time", args.max_time),
    maxChainTokens: args.max_chain_tokens,
    maxTokens: args.max_tokens,
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
  waiting: z.optional(
    z.string().check(z.describe(
      "why it is queued; it starts by itself unless it is held",
    )),
  ),
  next: z.string(),
});
