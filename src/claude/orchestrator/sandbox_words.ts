/** What the prompt adds where Claude Code's Bash tool has a sandbox. */
export const SANDBOX_WORDS = `## Your shell is in a sandbox

Only the tools of the MCP server can start, steer and end runs: the same commands fail in your shell. \`agentctl wait ID\`, with nothing else in the command, works there, in the background too, and so do commands that only look (\`list\`, \`show\`, \`diff\`). What has no tool (\`merge\`, \`discard\`, \`clean\`, \`unpause\`) works in a terminal of the user's own: give them the command. Instead of \`ack\`, read the result with \`wait\`. Never ask to leave the sandbox for agentctl.`;
