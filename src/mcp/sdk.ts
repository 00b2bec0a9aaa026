// The official SDK, through its narrow entry points: nothing of its HTTP side is
// loaded. Since 1.29 its package names wrong files for the types of `….js`
// (typescript-sdk issue 2701); without the extension they are found.

// @ts-types="@modelcontextprotocol/sdk/server/mcp"
export {
  McpServer,
  ResourceTemplate,
} from "@modelcontextprotocol/sdk/server/mcp.js";
// @ts-types="@modelcontextprotocol/sdk/shared/stdio"
export {
  deserializeMessage,
  serializeMessage,
} from "@modelcontextprotocol/sdk/shared/stdio.js";
// @ts-types="@modelcontextprotocol/sdk/types"
export { McpError } from "@modelcontextprotocol/sdk/types.js";

export type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol";
export type { Transport } from "@modelcontextprotocol/sdk/shared/transport";
export type {
  CallToolResult,
  JSONRPCMessage,
  RequestId,
  ServerNotification,
  ServerRequest,
} from "@modelcontextprotocol/sdk/types";
