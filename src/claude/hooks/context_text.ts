import { findCodex } from "../../codex/program.ts";
import { listProfiles } from "../../codex/profiles.ts";
import { probeCodex } from "../../codex/capabilities.ts";
import type { FleetContext } from "../../workspace/context.ts";
import {
  ALL_PROFILES,
  isOn,
  NO_PROFILE,
  type Pauses,
  readPauses,
} from "../../queue/pauses.ts";
import { codexCacheFile } from "../../fleet/task.ts";
import type { Config } from "../../workspace/config.ts";
import { readProjects } from "../../workspace/projects.ts";
import { parsePercent } from "../../text/percent.ts";
import { messageOf } from "../../system/errors.ts";
import { instead } from "../../system/ignore.ts";

/** What an orchestrator should know about this place: workspace, projects, profiles, how many workers may run, and what is paused. */
export async function contextText(context: FleetContext): Promise<string> {
  const { workspace } = context;
  const projects = await readProjects(workspace);
  return [
    "## This place",
    "",
    `- Workspace: ${workspace.root}`,
    projects.length === 0
      ? "- Projects: none registered; `--project` takes a folder"
      : "- Projects (for `--project`):",
    ...projects.map(({ name, path, default_profile, verify }) =>
      `  - ${name}: ${path}` +
      (default_profile ? `, profile ${default_profile}` : "") +
      (verify ? ", a check runs after every run" : "")
    ),
    `- Profiles: ${await profileNames(context)}`,
    ...queueLines(workspace.config),
    ...pausedLines(
      await readPauses(workspace).catch(
        instead({}, "the orchestrator does not hear about pauses"),
      ),
    ),
    "",
  ].join("\n");
}

/** How many workers may run at once, and which profile tries next. */
function queueLines(config: Config): string[] {
  const {
    max_parallel,
    max_parallel_by_profile,
    escalate,
    max_attempts,
    account_ceiling,
  } = config;
  const limits = Object.entries(max_parallel_by_profile)
    .map(([profile, most]) => `, of ${profile} ${most}`);
  const chains = Object.entries(escalate)
    .filter(([, next]) => next.length > 0)
    .map(([profile, next]) => `${profile} to ${next.join(", then ")}`);
  return [
    `- Running at the same time: up to ${max_parallel}${
      limits.join("")
    }; further runs are queued`,
    ...account_ceiling === null ? [] : [
      `- Once ${
        parsePercent(`${account_ceiling}`)
      }% of an account limit is used, runs wait until its reset`,
    ],
    chains.length === 0
      ? "- Without `--escalate`, no other profile tries when a goal is not met"
      : `- Without \`--escalate\`, when a goal is not met: ${
        chains.join("; ")
      }; \`--escalate none\` turns it off`,
    `- Attempts at a task: up to ${max_attempts}`,
  ];
}

/** Only times and names of settings: the reason for a pause is a server's text. */
function pausedLines(pauses: Pauses): string[] {
  const names = new Map([
    [ALL_PROFILES, "all profiles"],
    [NO_PROFILE, "runs without a profile"],
  ]);
  const paused = Object.entries(pauses)
    .filter(([, pause]) => isOn(pause, Date.now()))
    .map(([name, { until, by }]) =>
      `${names.get(name) ?? name} ${
        until === null ? "until the user ends it" : `until ${until}`
      }${by === "limit" ? " (an account limit)" : ""}`
    );
  return paused.length === 0 ? [] : [
    `- Paused when this session began, so runs wait: ${paused.join("; ")}`,
  ];
}

async function profileNames(context: FleetContext): Promise<string> {
  const { env } = context.caller;
  try {
    const program = await findCodex(env);
    if (program === null) return "unknown, because codex is not on PATH";
    const capabilities = await probeCodex(program, {
      env,
      cacheFile: codexCacheFile(context.workspace),
    });
    const names = await listProfiles(env, capabilities);
    return names.length > 0 ? names.join(", ") : "none; omit --profile";
  } catch (error) {
    return `unknown: ${messageOf(error)}`;
  }
}
