import type { StartRequest } from "../fleet/start.ts";
import { usageError } from "../system/errors.ts";
import { resolveRunId } from "../run/store.ts";
import type { Workspace } from "../workspace/workspace.ts";
import {
  readDuration,
  readNumber,
  readTokens,
} from "../terminal/option_value.ts";
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
    name: "max-tokens",
    value: "N",
    help: "end the run when it has used so many tokens, such as 200k or 1.5M",
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
    name: "priority",
    value: "N",
    help: "of runs that wait, the highest goes first (default 0)",
  },
  { name: "hold", help: 'wait for "agentctl release"' },
  {
    name: "after",
    value: "ID[,ID]",
    help: "start when these runs have ended with their goal met",
  },
  {
    name: "after-any-end",
    value: "ID[,ID]",
    help: "start when these runs have ended, however",
  },
  {
    name: "retry",
    value: "N",
    help: "try failures that may pass (network, server) so often again",
  },
  {
    name: "escalate",
    value: "P[,P2]",
    help:
      'when the goal is not met, let these profiles try in turn; "none": nobody',
  },
  {
    name: "max-attempts",
    value: "N",
    help: "how many attempts there may be in all",
  },
  {
    name: "max-time",
    value: "D",
    help: "how long all attempts together may work",
  },
  {
    name: "max-chain-tokens",
    value: "N",
    help: "how many tokens all attempts together may use",
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

/** Of `start` alone. */
export const BATCH_OPTION: OptionSpec = {
  name: "batch",
  value: "FILE",
  help: "start all tasks of this file; - for standard input",
};

/** The part of a request that the options give. */
export function startRequest(
  options: OptionValues,
): Omit<StartRequest, "prompt"> {
  const timeout = optionText(options, "timeout");
  const idleTimeout = optionText(options, "idle-timeout");
  const maxTokens = optionText(options, "max-tokens");
  return {
    project: optionText(options, "project"),
    profile: optionText(options, "profile"),
    title: optionText(options, "title"),
    model: optionText(options, "model"),
    sandbox: optionText(options, "sandbox"),
    runId: optionText(options, "run-id"),
    idleTimeoutMs: idleTimeout === undefined
      ? undefined
      : readDuration("--idle-timeout", idleTimeout),
    maxTokens: maxTokens === undefined
      ? undefined
      : readTokens("--max-tokens", maxTokens),
    verify: optionText(options, "verify"),
    timeoutMs: timeout === undefined
      ? undefined
      : readDuration("--timeout", timeout),
    ephemeral: options["ephemeral"] === true,
    worktree: worktreeWish(options),
    ...queueRequest(options),
  };
}

function queueRequest(options: OptionValues): Partial<StartRequest> {
  const escalate = optionText(options, "escalate");
  const maxTime = optionText(options, "max-time");
  const maxTokens = optionText(options, "max-chain-tokens");
  return {
    priority: numberOf(options, "priority", { from: -1_000, to: 1_000 }),
    hold: options["hold"] === true,
    after: words(optionText(options, "after")),
    afterAnyEnd: words(optionText(options, "after-any-end")),
    retry: numberOf(options, "retry", { from: 0, to: 100 }),
    escalate: escalate?.trim() === "none" ? [] : words(escalate),
    maxAttempts: numberOf(options, "max-attempts", { from: 1, to: 100 }),
    maxChainMs: maxTime === undefined
      ? undefined
      : readDuration("--max-time", maxTime),
    maxChainTokens: maxTokens === undefined
      ? undefined
      : readTokens("--max-chain-tokens", maxTokens),
  };
}

function numberOf(
  options: OptionValues,
  name: string,
  range: { from: number; to: number },
): number | undefined {
  const text = optionText(options, name);
  return text === undefined ? undefined : readNumber(`--${name}`, text, range);
}

/** The words of a list, separated by commas or spaces. */
function words(text: string | undefined): string[] | undefined {
  return text?.split(/[\s,]+/).filter((word) => word !== "");
}

/** The ids of the runs that a new one comes after, for those that were named otherwise. Throws `not_found` or `usage` errors. */
export async function resolveAfter<Request extends Partial<StartRequest>>(
  workspace: Workspace,
  request: Request,
): Promise<Request> {
  const resolve = async (names: readonly string[] | undefined) =>
    names && await Promise.all(
      names.map((name) => resolveRunId(workspace, name)),
    );
  return {
    ...request,
    after: await resolve(request.after),
    afterAnyEnd: await resolve(request.afterAnyEnd),
  };
}

function worktreeWish(options: OptionValues): boolean | undefined {
  if (!options["no-worktree"]) return options["worktree"] ? true : undefined;
  if (!options["worktree"]) return false;
  throw usageError(
    "Cannot use both --worktree and --no-worktree: give one of them",
  );
}
