/** The ways of driving Codex that a user can choose; `auto`: by app-server if the installed Codex has one that agentctl can use, else by exec. */
export const TRANSPORTS = ["auto", "app-server", "exec"] as const;

export type TransportChoice = (typeof TRANSPORTS)[number];

/** The ways of driving Codex. */
export type TransportName = Exclude<TransportChoice, "auto">;
