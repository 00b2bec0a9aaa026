import { stripControls } from "../text/sanitize.ts";
import type { Style } from "./style.ts";

/** A patch for the user's terminal: in colour, without anything that a terminal would act on, and without the content of binary files. */
export function drawPatch(patch: string, style: Style): string {
  let inHunk = false;
  let inBinary = false;
  const lines: string[] = [];
  for (const raw of patch.replace(/\n$/, "").split("\n")) {
    const line = stripControls(raw.replace(/\r$/, ""), { keepTabs: true });
    if (raw.startsWith("diff --git ")) inHunk = inBinary = false;
    if (inBinary) continue;
    if (raw === "GIT binary patch") {
      inBinary = true;
      lines.push(style.dim("(binary)"));
    } else if (raw.startsWith("@@ ")) {
      inHunk = true;
      lines.push(style.accent(line));
    } else if (!inHunk) lines.push(style.strong(line));
    else if (raw.startsWith("+")) lines.push(style.ok(line));
    else if (raw.startsWith("-")) lines.push(style.bad(line));
    else lines.push(line);
  }
  return lines.join("\n");
}
