import { McpServer } from "./sdk.ts";
import { VERSION } from "../system/version.ts";
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

/** The MCP server with all its tools and resources, not yet connected. */
export function makeServer(host: Host): McpServer {
  const server = new McpServer(
    { name: "agentctl", title: "agentctl", version: VERSION },
    { instructions: INSTRUCTIONS },
  );
  server.server.onerror = (error) => host.say(`agentctl mcp: ${error.message}`);
  const offers = [
    ...[offerStart, offerStartBatch, offerWait, offerShow, offerList],
    ...[offerResume, offerSend, offerRelease, offerStop, offerInbox],
    offerRuns,
  ];
  for (const offer of offers) offer(server, host);
  return server;
}
