/** Codex ends with exit code 1 and these words on stderr. */
export class Refused extends Error {
  override name = "Refused";
}
