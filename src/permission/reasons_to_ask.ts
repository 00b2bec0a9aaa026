import { type Grants, readGrants } from "../codex/grants.ts";
import { isWithin, realPathSoFar } from "../system/real_path.ts";
import { oneLine } from "../text/sanitize.ts";
import type { ASKED_KINDS } from "../workspace/asked_kinds.ts";
import { mayConfineCheck, type RunTerms } from "../task/run_terms.ts";
import {
  type NamedTaskOption,
  TASK_OPTION_ROWS,
} from "../task/task_option_rows.ts";

/** Something that a call could do and the session may not, which the user has to decide. */
export interface Reason {
  /** Its kind, by the name that `allow_unasked` uses, which has none for `unclear` and `approval`. */
  kind: typeof ASKED_KINDS[number] | "unclear" | "approval";
  /** The profile, path or command that it is about. */
  which?: string;
  /** The rest of a sentence that begins with "because". */
  words: string;
  /** The question that it would approve, and what of the words must be seen for that. */
  approves?: ApprovedQuestion & { seen: string };
}

/** A question that a person approves, in the folder of its run's questions. */
export interface ApprovedQuestion {
  folder: string;
  id: number;
}

/** The session of a model that wants to make a call. */
export interface Session {
  /** The folder in which it may already act. */
  folder: string;
  env: Record<string, string>;
  /** Whether the Codex at hand can confine checks; asked only where it matters. */
  confinesChecks?: () => Promise<boolean>;
}

/**
 * Why the user has to be asked before a model may start, or control, a run on
 * these terms; empty if its worker and its programs get no more than the session
 * has.
 */
export async function reasonsToAsk(
  terms: RunTerms,
  session: Session,
): Promise<Reason[]> {
  const reasons: Reason[] = [];
  if (terms.sandbox === "danger-full-access") {
    reasons.push({
      kind: "unsandboxed",
      words: `the worker would have no sandbox (${terms.sandboxSource})`,
    });
  }
  if (terms.sandbox === "workspace-write") {
    for (const profile of new Set([terms.profile, ...terms.escalate])) {
      reasons.push(...await grantedBeyond(profile, session));
    }
  }
  const { name, path } = terms.project;
  // The user has registered the project.
  if (name === null && !await isInside(path, session.folder)) {
    reasons.push({
      kind: "folder",
      which: path,
      words: `the worker would work in ${
        shown(path)
      }, outside the session's folder`,
    });
  }
  for (const option of TASK_OPTION_ROWS) {
    reasons.push(...await reasonsOfOption(option, terms, session));
  }
  return reasons;
}

/** Whether the check of a run would work in the worker's confinement. */
async function isCheckConfined(
  terms: RunTerms,
  { confinesChecks }: Session,
): Promise<boolean> {
  return mayConfineCheck(terms) && (await confinesChecks?.() ?? false);
}

/** What an option gives; where profile, project and config matter too, the terms decide. */
async function reasonsOfOption(
  option: NamedTaskOption,
  terms: RunTerms,
  session: Session,
): Promise<Reason[]> {
  const value = terms.choices[option.key];
  switch (option.gives) {
    case "nothing":
    case "folder":
    case "profile":
    case "sandbox":
      return [];
    case "protected":
      return [value ?? []].flat().map((path) => ({
        kind: "protected",
        which: `${path}`,
        words: `the worker could change ${
          shown(`${path}`)
        }, which other programs obey`,
      }));
    case "account": {
      const { accountCeiling } = terms;
      if (accountCeiling === null || Number(value ?? 0) <= accountCeiling) {
        return [];
      }
      return [{
        kind: "account",
        words:
          `the worker could use more of your account (--${option.name} ${value}%) than account_ceiling in the settings allows (${accountCeiling}%)`,
      }];
    }
    case "servers":
      return await reasonsOfServers(terms, session);
    case "check":
      // The user has set the project's own command.
      if (typeof value !== "string" || value === terms.project.verify) {
        return [];
      }
      if (await isCheckConfined(terms, session)) return [];
      return [{
        kind: "check",
        words: `--${option.name} would run a command outside any sandbox (${
          oneLine(value, 80)
        })`,
      }];
    case "command":
      // A check that the run sets itself has its own reason.
      if (
        value !== true ||
        ![undefined, terms.project.verify].includes(terms.choices.verify)
      ) return [];
      if (terms.verify === null || terms.project.verify_unconfined) return [];
      return [{
        kind: "check",
        words: `--${option.name} would run the check outside any sandbox`,
      }];
  }
}

/** The MCP servers that the worker could use although the user's Codex settings want approval for them: they act outside its sandbox. */
async function reasonsOfServers(
  { mcp, sandbox, profile, escalate, project }: RunTerms,
  { env }: Session,
): Promise<Reason[]> {
  // Without a sandbox, which has its own reason, Codex wants no approval.
  if (!mcp?.length || sandbox === "danger-full-access") return [];
  // Loaded only here, because the hook is loaded at every call.
  const { readMcpServers } = await import("../codex/mcp_servers.ts");
  const { chooseMcpServers } = await import("../codex/mcp_choice.ts");
  const given = new Set<string>();
  for (const name of new Set([profile, ...escalate])) {
    const folders = { cwd: project.path, worktree: null };
    const servers = await readMcpServers(env, name, folders);
    const usual = chooseMcpServers(servers, null, sandbox).on;
    const { on, missing } = chooseMcpServers(servers, mcp, sandbox);
    for (const server of [...on, ...missing]) {
      if (!usual.includes(server)) given.add(server);
    }
  }
  return [...given].map((server) => ({
    kind: "mcp",
    which: server,
    words: `the worker could use the MCP server ${
      shown(server)
    }, which acts outside its sandbox`,
  }));
}

async function grantedBeyond(
  profile: string | null,
  { folder, env }: Session,
): Promise<Reason[]> {
  const by = profile === null
    ? "by Codex's config.toml"
    : `by profile "${profile}"`;
  const grants: Grants = await readGrants(env, profile);
  const reasons: Reason[] = [];
  if (grants.network) {
    reasons.push({
      kind: "network",
      which: profile ?? "",
      words: `the worker would have network access (${by})`,
    });
  }
  for (const root of grants.writable_roots) {
    // Every worker may write there.
    if (await isInside(root, folder) || await isInside(root, "/tmp")) continue;
    reasons.push({
      kind: "writable",
      which: root,
      words: `the worker could write ${shown(root)} (${by})`,
    });
  }
  return reasons;
}

/** Whether a path is inside a folder, whatever links lead there. Neither needs to exist. */
export async function isInside(path: string, folder: string): Promise<boolean> {
  const [real, base] = await Promise.all([
    realPathSoFar(path),
    realPathSoFar(folder),
  ]);
  return isWithin(real, base);
}

/** Quotes a path or command in a reason. */
export function shown(text: string): string {
  return `"${oneLine(text, 120)}"`;
}
