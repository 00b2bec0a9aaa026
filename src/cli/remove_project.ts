import { removeProject } from "../workspace/projects.ts";
import { command } from "./command.ts";

export default command({
  name: "remove-project",
  summary: "unregister a project",
  description: "Unregisters a project. Its folder and its runs stay.",
  action: "remove project",
  args: "<name>",
  argsHint: 'give one name, as in "agentctl remove-project shop"',
  options: {},
  examples: ["agentctl remove-project shop"],
  async run({ args, options, workspace, print, say }) {
    const [name] = args;
    await removeProject(await workspace(), name);
    if (options.json) print(JSON.stringify({ removed: name }));
    else say(`Removed project ${name}`);
    return 0;
  },
});
