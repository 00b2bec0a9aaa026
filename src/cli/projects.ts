import { olderProjectsRemark, readProjects } from "../workspace/projects.ts";
import { renderTable } from "../terminal/table.ts";
import { command } from "./command.ts";
import { stdoutCanvas } from "./terminal.ts";

export default command({
  name: "projects",
  summary: "list the registered projects",
  description:
    "Lists the registered projects of the workspace with their folders and default profiles.",
  action: "list projects",
  args: "",
  options: {},
  examples: ["agentctl projects"],
  readOnly: true,
  async run({ options, caller, workspace, print, say }) {
    const opened = await workspace();
    const projects = await readProjects(opened);
    const older = await olderProjectsRemark(opened);
    if (older !== null) say(older);
    if (options.json) {
      print(JSON.stringify(projects, null, 2));
    } else if (projects.length === 0) {
      say(
        'There are no projects; register one with "agentctl add-project <name> <path>"',
      );
    } else {
      print(renderTable({
        columns: [{ title: "PROJECT" }, { title: "FOLDER", flexible: true }, {
          title: "PROFILE",
        }],
        rows: projects.map((
          { name, path, default_profile },
        ) => [name, path, default_profile ?? "-"]),
        ...stdoutCanvas(caller.env),
      }));
    }
    return 0;
  },
});
