import * as z from "zod/mini";

/** The MCP servers of the Codex settings that were started for a worker, and those that were not. */
export const McpServers = z.object({
  on: z.array(z.string()),
  off: z.array(z.string()),
});
