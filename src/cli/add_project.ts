import { resolve } from "@std/path";
import { usageError } from "../system/errors.ts";
import { addProject } from "../workspace/projects.ts";
import { type Command, optionText } from "./command.ts";
import { requireProfile } from "../fleet/task.ts";

export const addProjectCommand: Command = {
  name: "add-project",
  summary: "register a folder under a name",
  usage:
    "add-project <name> <path> [--default-profile P] [--verify CMD [--verify-unconfined | --no-try]] [--worktree [--setup CMD]]",
  description:
    "Registers a folder, so that --project takes its name. A name that exists is changed.",
  options: [
    {
      name: "default-profile",
      value: "P",
      help: "the Codex profile of its runs unless --profile is given",
    },
    {
      name: "verify",
      value: "CMD",
      help:
        "a shell command that decides whether a run's goal is met unless --verify is given",
    },
    {
      name: "verify-unconfined",
      help: "the check runs as you, not in the worker's confinement",
    },
    {
      name: "no-try",
      help: "do not run the check once to see whether its confinement suits it",
    },
    {
      name: "worktree",
      help:
        "its runs get git worktrees of their own unless --no-worktree is given",
    },
    {
      name: "setup",
      value: "CMD",
      help:
        'a shell command that prepares a new worktree, such as "npm ci"; its output is kept as setup.log',
    },
  ],
  examples: ["agentctl add-project shop ~/src/shop --default-profile spark"],
  async run({ args, options, caller, fleet, print, say }) {
    const [name, path, extra] = args;
    if (name === undefined || path === undefined || extra !== undefined) {
      throw usageError(
        'Cannot add project: give a name and a folder, as in "agentctl add-project shop ~/src/shop"',
      );
    }
    const context = await fleet();
    const profile = optionText(options, "default-profile") ?? null;
    if (profile !== null) await requireProfile(context, profile, "add project");
    const project = {
      name,
      path: resolve(caller.cwd, path),
      default_profile: profile,
      verify: optionText(options, "verify") ?? null,
      verify_unconfined: options["verify-unconfined"] === true,
      worktree: options["worktree"] === true,
      setup: optionText(options, "setup") ?? null,
    };
    const existed = await addProject(context.workspace, project);
    if (options["json"]) print(JSON.stringify(project));
    else {say(
        `${existed ? "Changed" : "Added"} project ${name}: ${project.path}`,
      );}
    const { verify: command } = project;
    if (
      command !== null && !project.verify_unconfined && !options["no-try"]
    ) {
      // Only here, because it needs much.
      const { tryCheck } = await import("../supervisor/try_check.ts");
      say(await tryCheck(context, { path: project.path, profile, command }));
    }
    return 0;
  },
};
