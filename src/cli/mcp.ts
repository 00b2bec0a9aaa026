import { flag } from "../terminal/option_spec.ts";
import { noteEarlierRuns } from "../guard/earlier_runs.ts";
import { openWorkspace } from "../workspace/workspace.ts";
import { command } from "./command.ts";

export default command({
  name: "mcp",
  summary: "serve the same commands to a model as an MCP server",
  description:
    "Serves start, wait, show, list, resume, stop and inbox as tools of an MCP server on standard\ninput and output, and the records of runs as resources. It ends with its input. The folder in\nwhich it is started is the default project and determines the workspace. It asks you, through\nthe client, before it does anything that could give a worker more rights than the client has.",
  action: "serve",
  args: "",
  options: {
    "client-asks": flag(
      "the client asks you, as Claude Code with agentctl's hooks does, so the server need not",
    ),
  },
  examples: [
    "claude mcp add agentctl -- agentctl mcp",
    "agentctl mcp --workspace ~/.ai-orch",
  ],
  inSandbox: true,
  async run({ options, caller: client, say }) {
    const caller = { ...client, isServer: true };
    const { workspace: option, clientAsks } = options;
    const said = new Set<string>();
    const open = async () => {
      const workspace = await openWorkspace(caller, option);
      // Only once, although each request opens it again.
      for (const remark of workspace.remarks) {
        if (!said.has(remark)) say(remark);
        said.add(remark);
      }
      return workspace;
    };
    // Loaded only here, so that the help of all commands does not load the SDK.
    const { serveMcp } = await import("../mcp/serve_mcp.ts");
    await serveMcp({
      fleet: async () => {
        const context = { workspace: await open(), caller };
        await noteEarlierRuns(context, { mayWrite: true });
        return context;
      },
      caller,
      workspaceOption: option,
      clientAsks,
      say,
    }, { input: Deno.stdin.readable, output: Deno.stdout.writable });
    return 0;
  },
});
