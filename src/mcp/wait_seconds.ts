/** The first Claude Code that moves long calls of tools to the background by itself. */
const FIRST_IN_BACKGROUND = [2, 1, 212];

/** Nothing is lost when time runs out, and a client may have limits of its own. */
const USUAL_SECONDS = 600;

/** An older Claude Code does not hear its user while a tool blocks. */
const UNHEARD_SECONDS = 30;

/** The longest that a wait may take, in seconds. */
export const LONGEST_SECONDS = 86_400;

/**
 * How long a wait of this client takes unless it says otherwise, in seconds: where
 * the call goes to the background by itself and brings its result, until the runs
 * have ended, because each answer that says "still running" costs a request. Claude
 * Code leaves it in the foreground if its user says so, and where it has none (seen
 * in 2.1.332).
 */
export function waitSecondsOf(
  client: { name: string; version: string } | undefined,
  env: Record<string, string>,
): number {
  if (client?.name !== "claude-code") return USUAL_SECONDS;
  if (env["CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS"] === "0") return UNHEARD_SECONDS;
  if ((env["CLAUDE_CODE_ENTRYPOINT"] ?? "cli") !== "cli") return USUAL_SECONDS;
  const numbers = client.version.split(/[.-]/, 3).map(Number);
  for (const [index, first] of FIRST_IN_BACKGROUND.entries()) {
    const number = numbers[index] ?? 0;
    if (number !== first) {
      return number > first ? LONGEST_SECONDS : UNHEARD_SECONDS;
    }
  }
  return LONGEST_SECONDS;
}
