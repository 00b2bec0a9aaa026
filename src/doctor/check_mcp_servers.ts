import { chooseMcpServers } from "../codex/mcp_choice.ts";
import { readMcpServers } from "../codex/mcp_servers.ts";
import type { Caller } from "../workspace/workspace.ts";
import { instead } from "../system/ignore.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** Says which MCP servers of Codex's settings workers get in the current folder, and why not the others. */
export async function* checkMcpServers(
  { cwd }: Caller,
  env: Record<string, string>,
  open: Examination["open"],
): AsyncGenerator<Finding> {
  const config = await open().then(
    ({ workspace }) => workspace.config,
    instead(null, "the check of the workspace reports it"),
  );
  const wanted = config?.mcp ?? null;
  const folders = { cwd, worktree: null };
  const servers = await readMcpServers(
    env,
    config?.default_profile ?? null,
    folders,
  );
  const { on, off, missing } = chooseMcpServers(
    servers,
    wanted,
    config?.default_sandbox ?? null,
  );
  if (missing.length > 0) {
    yield warning(
      "codex.mcp",
      `mcp of the settings names what Codex does not have: ${
        missing.join(", ")
      }`,
      'correct it, or add the server with "codex mcp add"; until then, runs without --mcp are refused',
    );
  }
  if (servers.length === 0) return;
  const why = wanted === null
    ? "they need approval, which no worker can get"
    : "as mcp of the settings says";
  yield ok(
    "codex.mcp",
    [
      on.length > 0
        ? `Workers get these MCP servers: ${on.join(", ")}`
        : "Workers get no MCP server",
      ...off.length > 0
        ? [`off: ${off.join(", ")} (${why}; --mcp NAME gives a run one)`]
        : [],
    ].join("; "),
  );
}
