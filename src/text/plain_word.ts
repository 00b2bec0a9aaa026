/** A word that can only be a name, wherever it appears: what Codex accepts as the name of a profile. */
export const PLAIN_WORD = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;
