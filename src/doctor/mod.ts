/** Finds out what keeps agentctl from working, and fixes what can be fixed safely. */
export { diagnose } from "./diagnose.ts";
export { drawFindings } from "./draw_findings.ts";
export { type Finding } from "./finding.ts";
export { mend } from "./mend.ts";
