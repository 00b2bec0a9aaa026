/** What a model may be allowed to do without asking; see `allow_unasked` in `config/config.jsonc`. */
export const ASKED_KINDS = [
  "unsandboxed",
  "network",
  "writable",
  "folder",
  "check",
  "protected",
  "mcp",
  "account",
  "workspace",
  "file",
  "command",
] as const;
