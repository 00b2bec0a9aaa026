/** A word that is a name and can be nothing else, wherever it stands: what Codex takes as the name of a profile. */
export const PLAIN_WORD = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;
