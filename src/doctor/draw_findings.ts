import { oneLine } from "../text/sanitize.ts";
import type { Style } from "../terminal/style.ts";
import { wrapText } from "../text/wrap.ts";
import type { CheckState, Finding } from "./finding.ts";

const STATE_COLUMNS = "problem".length;
const GAP = "  ";

/** Draws the findings for the user within `width` columns: groups on the left, then the states, then what to do. */
export function drawFindings(
  findings: readonly Finding[],
  width: number,
  style: Style,
): string {
  const paints: Record<CheckState, Style["ok"]> = {
    ok: style.ok,
    warning: style.warn,
    problem: style.bad,
  };
  const groupColumns = Math.max(
    ...findings.map((finding) => groupOf(finding).length),
  );
  const left = groupColumns + STATE_COLUMNS + 2 * GAP.length;
  const textWidth = Math.max(20, width - left);
  const indent = " ".repeat(left);
  let lastGroup = "";
  const lines = findings.flatMap((finding) => {
    const { state, message, remedy } = finding;
    const group = groupOf(finding) === lastGroup ? "" : groupOf(finding);
    lastGroup = groupOf(finding);
    const [first = "", ...rest] = wrapText(oneLine(message), textWidth);
    const advice = remedy === null
      ? []
      : wrapText(oneLine(remedy), textWidth - 2)
        .map((line, index) => style.dim(`${index === 0 ? "→" : " "} ${line}`));
    return [
      style.strong(group) + " ".repeat(groupColumns - group.length) + GAP +
      paints[state](state) + " ".repeat(STATE_COLUMNS - state.length) + GAP +
      first,
      ...[...rest, ...advice].map((line) => indent + line),
    ];
  });
  return lines.join("\n");
}

function groupOf({ check }: Finding): string {
  return check.split(".")[0] ?? check;
}
