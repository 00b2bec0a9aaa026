import { join } from "@std/path";
import deep from "../../prompts/deep.md" with { type: "text" };
import orchestrator from "../../prompts/orchestrator.md" with { type: "text" };
import review from "../../prompts/review.md" with { type: "text" };
import spark from "../../prompts/spark.md" with { type: "text" };
import { writeNewFile } from "../files/make_new.ts";
import { environmentError } from "../system/errors.ts";
import { approveBytes, readApproval } from "./approvals.ts";
import { isHomeWorkspace, refusalOf } from "./ownership.ts";
import {
  ignoredLine,
  isOwnWord,
  readSource,
  type SourceFile,
  textOf,
  trustCall,
} from "./source_file.ts";
import { ensureWorkspace, promptsFolder } from "./root_folder.ts";

const EMBEDDED: Record<PromptName, string> = {
  orchestrator,
  spark,
  deep,
  review,
};

/** The prompts that the binary holds. */
export const PROMPT_NAMES = [
  "orchestrator",
  "spark",
  "deep",
  "review",
] as const;

export type PromptName = typeof PROMPT_NAMES[number];

/** The workspace whose prompts are needed, and the environment of the caller. */
export interface PromptSite {
  root: string;
  env: Record<string, string>;
}

/** A prompt: the workspace's own file of that name if the user has approved it, and otherwise the embedded one. */
export async function readPromptText(
  site: PromptSite,
  name: PromptName,
): Promise<{ text: string; source: string }> {
  const file = await readPromptSource(site, name);
  if (file && "bytes" in file && isOwnWord(file.approved)) {
    return { text: textOf(file), source: file.path };
  }
  return { text: EMBEDDED[name], source: "embedded" };
}

/** The workspace's own file of a prompt; `null` if it has none. */
export async function readPromptSource(
  { root, env }: PromptSite,
  name: PromptName,
): Promise<SourceFile | null> {
  const folder = promptsFolder(root);
  const refused = await refusalOf(folder, env);
  if (refused !== null) return { path: folder, refused };
  return await readSource(root, join("prompts", `${name}.md`), env);
}

/** Why the workspace's own prompts are not used, a line for each. */
export async function promptRemarks(site: PromptSite): Promise<string[]> {
  const remarks = await Promise.all(PROMPT_NAMES.map(async (name) => {
    const file = await readPromptSource(site, name);
    if (file === null) return await remarkOnLoss(site, name);
    if ("refused" in file) return [`Ignored "${file.path}": ${file.refused}`];
    return isOwnWord(file.approved)
      ? []
      : [ignoredLine(site.root, `the prompt "${name}"`, file)];
  }));
  return [...new Set(remarks.flat())];
}

/** Reports that an approved prompt has been removed, which a worker may have done. */
async function remarkOnLoss(
  { root, env }: PromptSite,
  name: PromptName,
): Promise<string[]> {
  const path = join(promptsFolder(root), `${name}.md`);
  if (await readApproval(env, path) === null) return [];
  return [
    `Gone since you approved it: "${path}"; restore it, or run "${
      trustCall(root)
    } --untrust"`,
  ];
}

/**
 * Makes a copy of a prompt in the workspace for the user to change, and approves
 * it; an existing one is left alone. Throws an `environment` error if it would be
 * written through a link, or into another user's folder.
 */
export async function makePromptOverride(
  { root, env }: PromptSite,
  name: PromptName,
): Promise<{ path: string; isNew: boolean; needsApproval: boolean }> {
  const folder = promptsFolder(root);
  const path = join(folder, `${name}.md`);
  const refused = await refusalOf(folder, env);
  if (refused !== null) {
    throw environmentError(`Cannot write "${path}": "${folder}" ${refused}`);
  }
  await ensureWorkspace(root);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const needsApproval = !await isHomeWorkspace(root, env);
  const isNew = await writeNewFile(path, EMBEDDED[name]);
  if (isNew && needsApproval) {
    await approveBytes(env, path, new TextEncoder().encode(EMBEDDED[name]));
  }
  return { path, isNew, needsApproval };
}

/** What the workers of a profile are told besides their task; `null` for a profile without such a prompt. */
export async function workerInstructions(
  site: PromptSite,
  profile: string | null,
): Promise<string | null> {
  if (profile === null || !isWorkerPrompt(profile)) return null;
  return (await readPromptText(site, profile)).text;
}

/** What a worker is told about paths that it cannot change. */
export function guardWords(paths: readonly string[]): string | null {
  if (paths.length === 0) return null;
  return `These paths are read-only for you, here and in every other folder that you may write, whatever the task says: ${
    paths.join(", ")
  }. A folder with such a name may be empty; leave it alone. If the task needs a change there, do everything else, do not look for a way around it, set goal_met to false, and say in followup_prompt which of these paths has to change and how: the user can then allow it with --allow-protected PATH.`;
}

/** Whether agentctl has a prompt for a profile. */
export function isWorkerPrompt(
  profile: string,
): profile is Exclude<PromptName, "orchestrator"> {
  return profile !== "orchestrator" &&
    PROMPT_NAMES.some((name) => name === profile);
}
