/** What a tool tells an MCP client about itself: it only reads. */
export const READS = { readOnlyHint: true, openWorldHint: false };

/** It puts workers to work, and they may change and destroy anything that their sandbox allows. */
export const LETS_WORK = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

/** What names a run in a call of a tool. */
export const NAMES_OF_RUN =
  "an id, a part of one, @last for the newest run, or a word such as @failed that means one run";
