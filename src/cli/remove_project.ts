import { usageError } from "../system/errors.ts";
import { removeProject } from "../workspace/projects.ts";
import type { Command } from "./command.ts";

export const removeProjectCommand: Command = {
  name: "remove-project",
  summary: "take a project off the list",
  usage: "remove-project <name>",
  description: "Takes a project off the list. Its folder and its runs stay.",
  options: [],
  examples: ["agentctl remove-project shop"],
  async run({ args, options, workspace, print, say }) {
    const [name, extra] = args;
    if (name === undefined || extra !== undefined) {
      throw usageError(
        'Cannot remove project: give one name, as in "agentctl remove-project shop"',
      );
    }
    await removeProject(await workspace(), name);
    if (options["json"]) print(JSON.stringify({ removed: name }));
    else say(`Removed project ${name}`);
    return 0;
  },
};
