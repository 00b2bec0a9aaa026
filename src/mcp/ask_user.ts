import type { CallSite } from "../permission/call_site.ts";
import { inWords, reasonsOfTool } from "../permission/judge_call.ts";
import type { ApprovedQuestion } from "../permission/reasons_to_ask.ts";
import { AgentctlError } from "../system/errors.ts";
import type { McpServer } from "./sdk.ts";

/** How long to wait for the user's answer. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Asks the user, through the client, about a call of a tool that could do what
 * the session may not; returns at once for any other call. For clients that do
 * not themselves ask before they call tools.
 *
 * Resolves to the questions that the user has approved. Throws an `environment` error with the reasons if the user declines, or the
 * client cannot ask.
 */
export async function askUser(
  { server }: McpServer,
  site: CallSite,
  tool: string,
  args: Record<string, unknown>,
  signal: AbortSignal,
): Promise<readonly ApprovedQuestion[]> {
  const reasons = await reasonsOfTool(tool, args, site);
  if (reasons.length === 0) return [];
  const words = inWords(reasons);
  const refused = (why: string) =>
    new AgentctlError(
      "environment",
      `Cannot call ${tool}: the user has to allow it, because ${words}; ${why}`,
    );
  if (!server.getClientCapabilities()?.elicitation) {
    throw refused(
      "this client cannot ask, so the user has to do it in a shell",
    );
  }
  const { action, content } = await server.elicitInput({
    message: `agentctl asks you because ${words}`,
    requestedSchema: {
      type: "object",
      properties: {
        allow: { type: "boolean", title: `Let ${tool} do this` },
      },
      required: ["allow"],
    },
  }, { timeout: PATIENCE_MS, signal });
  if (action !== "accept" || content?.["allow"] !== true) {
    throw refused("the user has declined");
  }
  return reasons.flatMap(({ approves }) => approves ?? []);
}
