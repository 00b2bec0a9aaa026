/** Finds out what keeps agentctl from its work, and mends what is safe to mend. */
export { diagnose } from "./diagnose.ts";
export { drawFindings } from "./draw_findings.ts";
export { type Finding } from "./finding.ts";
export { mend } from "./mend.ts";
