/** The ways of driving Codex. */
export const TRANSPORTS = ["app-server", "exec"] as const;

export type TransportName = (typeof TRANSPORTS)[number];
