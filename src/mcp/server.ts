import { McpServer } from "./sdk.ts";
import { TOOL_NAMES, type ToolName } from "../permission/tool_rules.ts";
import { VERSION } from "../system/version.ts";
import type { Caller } from "../workspace/workspace.ts";
import type { Host } from "./host.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { offerRuns } from "./resources.ts";
import { offerAnswer } from "./tools/answer.ts";
import { offerChain } from "./tools/chain.ts";
import { offerDiff } from "./tools/diff.ts";
import { offerInbox } from "./tools/inbox.ts";
import { offerList } from "./tools/list.ts";
import { offerMergePreview } from "./tools/merge_preview.ts";
import { offerPause } from "./tools/pause.ts";
import { offerRelease } from "./tools/release.ts";
import { offerResume } from "./tools/resume.ts";
import { offerSend } from "./tools/send.ts";
import { offerShow } from "./tools/show.ts";
import { offerStart } from "./tools/start.ts";
import { offerStartBatch } from "./tools/start_batch.ts";
import { offerStats } from "./tools/stats.ts";
import { offerStop } from "./tools/stop.ts";
import { offerWait } from "./tools/wait.ts";
import { waitSecondsOf } from "./wait_seconds.ts";

/** Who offers each tool. */
const OFFERS: Record<ToolName, (server: McpServer, host: Host) => void> = {
  start: offerStart,
  start_batch: offerStartBatch,
  wait: offerWait,
  show: offerShow,
  list: offerList,
  resume: offerResume,
  send: offerSend,
  answer: offerAnswer,
  release: offerRelease,
  stop: offerStop,
  inbox: offerInbox,
  diff: offerDiff,
  merge_preview: offerMergePreview,
  chain: offerChain,
  stats: offerStats,
  pause: offerPause,
};

/** What the server needs. */
export type ServerParts = Omit<Host, "ask" | "waitSeconds"> & {
  caller: Caller;
  /** How the workspace was named, if it was. */
  workspaceOption?: string;
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
      if (parts.clientAsks) return [];
      const { askUser } = await import("./ask_user.ts");
      const { caller, workspaceOption } = parts;
      const { cwd, env } = caller;
      const site = { cwd, folder: cwd, env, workspace: workspaceOption };
      return await askUser(server, site, tool, args, signal);
    },
    waitSeconds: () =>
      waitSecondsOf(server.server.getClientVersion(), parts.caller.env),
  };
  server.server.onerror = (error) => host.say(`agentctl mcp: ${error.message}`);
  for (const name of TOOL_NAMES) OFFERS[name](server, host);
  offerRuns(server, host);
  return server;
}
