/** Finds out what keeps agentctl from working, and fixes what can be fixed safely. */
export { diagnose } from "./diagnose.ts";
export { type Bundle, makeBundle } from "./bundle.ts";
export { drawFindings } from "./draw_findings.ts";
export { openAnyway } from "./examination.ts";
export { type Finding } from "./finding.ts";
export { mend } from "./mend.ts";
