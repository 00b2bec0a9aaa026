import { resolve } from "@std/path";
import { flag, text } from "../terminal/option_spec.ts";
import { addProject } from "../workspace/projects.ts";
import { command } from "./command.ts";
import { requireProfile } from "../fleet/task.ts";

export default command({
  name: "add-project",
  summary: "register a folder under a name",
  usage:
    "add-project <name> <path> [--default-profile P] [--verify CMD [--verify-unconfined | --no-try]] [--worktree [--setup CMD]]",
  description:
    "Registers a folder under a name for --project. If the name exists already, its entry is changed.",
  action: "add project",
  args: "<name> <path>",
  argsHint:
    'give a name and a folder, as in "agentctl add-project shop ~/src/shop"',
  options: {
    "default-profile": text(
      "P",
      "the Codex profile of its runs unless --profile is given",
    ),
    verify: text(
      "CMD",
      "a shell command that decides whether a run's goal is met, unless --verify is given",
    ),
    "verify-unconfined": flag(
      "run the check as you, not in the worker's confinement",
    ),
    "no-try": flag(
      "do not try the check once in its confinement",
    ),
    worktree: flag(
      "give its runs git worktrees of their own unless --no-worktree is given",
    ),
    setup: text(
      "CMD",
      'a shell command that prepares a new worktree, such as "npm ci"; its output is kept as setup.log',
    ),
  },
  examples: ["agentctl add-project shop ~/src/shop --default-profile spark"],
  async run({ args, options, caller, fleet, print, say }) {
    const [name, path] = args;
    const context = await fleet();
    const { defaultProfile: profile = null } = options;
    if (profile !== null) await requireProfile(context, profile, "add project");
    const project = {
      name,
      path: resolve(caller.cwd, path),
      default_profile: profile,
      verify: options.verify ?? null,
      verify_unconfined: options.verifyUnconfined,
      worktree: options.worktree,
      setup: options.setup ?? null,
    };
    const existed = await addProject(context.workspace, project);
    if (options.json) print(JSON.stringify(project));
    else {say(
        `${existed ? "Changed" : "Added"} project ${name}: ${project.path}`,
      );}
    const { verify: command } = project;
    if (
      command !== null && !project.verify_unconfined && !options.noTry
    ) {
      // Loaded only here, because it needs a lot.
      const { tryCheck } = await import("../supervisor/try_check.ts");
      say(await tryCheck(context, { path: project.path, profile, command }));
    }
    return 0;
  },
});
