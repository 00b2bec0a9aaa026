// The client side of the official SDK, with its types; see src/mcp/sdk.ts.

export { Client } from "@modelcontextprotocol/sdk/client";
// @ts-types="@modelcontextprotocol/sdk/client/stdio"
export { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
// @ts-types="@modelcontextprotocol/sdk/inMemory"
export { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
// @ts-types="@modelcontextprotocol/sdk/types"
export {
  ElicitRequestSchema,
  McpError,
} from "@modelcontextprotocol/sdk/types.js";

export type { Transport } from "@modelcontextprotocol/sdk/shared/transport";
export type {
  ElicitResult,
  JSONRPCMessage,
  Progress,
  Tool,
} from "@modelcontextprotocol/sdk/types";
