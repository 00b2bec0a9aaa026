import { McpServer } from "./sdk.ts";
import { VERSION } from "../system/version.ts";
import type { Caller } from "../workspace/workspace.ts";
import type { Host } from "./host.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { offerRuns } from "./resources.ts";
import { offerInbox } from "./tools/inbox.ts";
import { offerList } from "./tools/list.ts";
import { offerRelease } from "./tools/release.ts";
import { offerResume } from "./tools/resume.ts";
import { offerSend } from "./tools/send.ts";
import { offerShow } from "./tools/show.ts";
import { offerStart } from "./tools/start.ts";
import { offerStartBatch } from "./tools/start_batch.ts";
import { offerStop } from "./tools/stop.ts";
import { offerWait } from "./tools/wait.ts";

/** What the server needs. */
export type ServerParts = Omit<Host, "ask"> & {
  caller: Caller;
  /** How the workspace was named, if it was. */
  workspaceOption?: string;
  /** Whether the client itself asks about what the user has to allow. */
  clientAsks: boolean;
};

/** The MCP server with all its tools and resources, not yet connected. */
export function makeServer(parts: ServerParts): McpServer {
  const server = new McpServer(
    { name: "agentctl", title: "agentctl", version: VERSION },
    { instructions: INSTRUCTIONS },
  );
  const host: Host = {
    ...parts,
    ask: async (tool, args, signal) => {
      if (parts.clientAsks) return;
      const { askUser } = await import("./ask_user.ts");
      const { caller, workspaceOption } = parts;
      const { cwd, env } = caller;
      const site = { cwd, folder: cwd, env, workspace: workspaceOption };
      await askUser(server, site, tool, args, signal);
    },
  };
  server.server.onerror = (error) => host.say(`agentctl mcp: ${error.message}`);
  const offers = [
    ...[offerStart, offerStartBatch, offerWait, offerShow, offerList],
    ...[offerResume, offerSend, offerRelease, offerStop, offerInbox],
    offerRuns,
  ];
  for (const offer of offers) offer(server, host);
  return server;
}
