/**
 * What the prompt adds for `--mcp`. While a tool blocks, Claude Code holds back
 * what the user types until the tool has answered, and cannot move the tool
 * into the background (2.1.197).
 */
export const MCP_WORDS = `## Tools instead of commands

The MCP server agentctl has \`start\`, \`wait\`, \`show\`, \`list\`, \`resume\`, \`release\`, \`stop\` and \`inbox\` as tools with the same options as arguments, and \`start_batch\` for many tasks in one call. Use them instead of the commands: prompts then need neither heredoc nor quoting.

Still wait with \`agentctl wait ID\` as a background command: while the tool \`wait\` blocks, you do not hear the user. If you have no Bash, call it with \`any: true\` and \`timeout_seconds: 30\`, answer what the user has said in the meantime, and call it again.`;
