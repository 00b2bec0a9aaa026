/** Everything that agentctl knows about Codex. */
export * from "./capabilities.ts";
export * from "./command_line.ts";
export * from "./events.ts";
export * from "./failure.ts";
export type { FailureClass } from "./failure_rules.ts";
export * from "./grants.ts";
export * from "./guard.ts";
export * from "./models.ts";
export * from "./plan_guard.ts";
export * from "./profile_plan.ts";
export * from "./profile_templates.ts";
export * from "./profiles.ts";
export * from "./program.ts";
export * from "./result_schema.ts";
export * from "./rollout.ts";
export * from "./thread_file.ts";
export * from "./usage.ts";
