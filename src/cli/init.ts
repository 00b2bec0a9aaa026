import { join, resolve } from "@std/path";
import { usageError } from "../system/errors.ts";
import { initWorkspace } from "../workspace/init.ts";
import { WORKSPACE_NAME } from "../workspace/state_folder.ts";
import type { Command } from "./command.ts";

export const initCommand: Command = {
  name: "init",
  summary: "make a workspace (.ai-orch/) in a folder",
  usage: "init [dir]",
  description:
    "Makes the workspace .ai-orch/ in a folder (default: the current one): a commented\nconfig.jsonc and an empty list of projects. git ignores it. What exists stays as it is.",
  options: [],
  examples: ["agentctl init", "agentctl init ~/src/shop"],
  async run({ args, caller, options, print, say }) {
    if (args.length > 1) {
      throw usageError(
        `Cannot make a workspace: give one folder, not ${args.length}`,
      );
    }
    const root = join(resolve(caller.cwd, args[0] ?? "."), WORKSPACE_NAME);
    const made = await initWorkspace(root);
    if (options["json"]) {
      print(JSON.stringify({ workspace: root, created: made }));
    } else if (made.length === 0) {
      say(`Workspace ${root} exists; nothing changed`);
    } else say(`Made workspace ${root}`);
    return 0;
  },
};
