import { join, resolve } from "@std/path";
import type { Adoption } from "../fleet/adopt_state.ts";
import { text } from "../terminal/option_spec.ts";
import { approveBytes } from "../workspace/approvals.ts";
import { CONFIG_TEMPLATE, DEFAULT_CONFIG } from "../workspace/config.ts";
import { plural } from "../text/wording.ts";
import { initWorkspace } from "../workspace/init.ts";
import {
  isHomeWorkspace,
  requireOwnRoot,
  searchWorkspace,
} from "../workspace/ownership.ts";
import { CONFIG_NAMES, readSettings } from "../workspace/settings.ts";
import {
  folderOf,
  stateFolder,
  WORKSPACE_NAME,
} from "../workspace/state_folder.ts";
import type { Caller } from "../workspace/workspace.ts";
import { command } from "./command.ts";

export default command({
  name: "init",
  summary: "make a workspace (.ai-orch/) in a folder",
  description:
    "Makes the workspace .ai-orch/ in a folder (default: the current one), with a commented\nconfig.jsonc. git ignores it. What exists is left alone. Its runs are kept in ~/.ai-orch;\nafter a project has moved, --adopt takes over those of its earlier folder.",
  action: "make a workspace",
  args: "[dir]",
  options: {
    adopt: text("OLD", "the folder where the project was before"),
  },
  examples: [
    "agentctl init",
    "agentctl init ~/src/shop",
    "agentctl init ~/src/shop --adopt ~/old/shop",
  ],
  async run({ args, caller, options, print, say }) {
    const root = join(resolve(caller.cwd, args[0] ?? "."), WORKSPACE_NAME);
    const { adopt: old } = options;
    await requireOwnRoot(root, caller.env);
    // Before making anything, because it may be refused.
    const adopted = old === undefined ? null : await adopt(caller, root, old);
    const made = await initWorkspace(root);
    await approveMade(root, made, caller, say);
    if (options.json) {
      print(JSON.stringify({
        workspace: root,
        created: made,
        ...adopted === null ? {} : { adopted },
      }));
      return 0;
    }
    say(
      made.length === 0
        ? `Workspace ${root} exists; nothing changed`
        : `Made workspace ${root}`,
    );
    if (adopted !== null) {
      const { runs, from, unmerged } = adopted;
      say(`Took over ${plural(runs, "run")} of ${from}`);
      if (unmerged > 0) {
        say(
          `${unmerged} of them left work on branches (agentctl/…) of the repository: merge it with git, because their worktrees belong to the old folder`,
        );
      }
    }
    return 0;
  },
});

/** Approves what was made, and reports which parts of the workspace do not count. */
async function approveMade(
  root: string,
  made: readonly string[],
  { env }: Caller,
  say: (text: string) => void,
): Promise<void> {
  if (await isHomeWorkspace(root, env)) return;
  const config = join(root, CONFIG_NAMES[0]);
  if (made.includes(config)) {
    const bytes = new TextEncoder().encode(CONFIG_TEMPLATE);
    await approveBytes(env, config, bytes);
  }
  const { passedOver } = await searchWorkspace(folderOf(root), env);
  [...passedOver, ...(await readSettings(root, env)).remarks].forEach(say);
}

async function adopt(
  caller: Caller,
  root: string,
  old: string,
): Promise<Adoption> {
  const { adoptState } = await import("../fleet/adopt_state.ts");
  const state = await stateFolder(root, caller.env);
  const workspace = { root, state, config: DEFAULT_CONFIG, remarks: [] };
  return await adoptState({ workspace, caller }, old);
}
