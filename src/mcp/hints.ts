/** What a tool tells an MCP client about itself: it only looks. */
export const READS = { readOnlyHint: true, openWorldHint: false };

/** It lets workers work, which may change and destroy anything that their sandbox lets them. */
export const LETS_WORK = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};
