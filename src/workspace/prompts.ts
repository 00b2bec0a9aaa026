import { join } from "@std/path";
import deep from "../../prompts/deep.md" with { type: "text" };
import orchestrator from "../../prompts/orchestrator.md" with { type: "text" };
import review from "../../prompts/review.md" with { type: "text" };
import spark from "../../prompts/spark.md" with { type: "text" };
import { ensureWorkspace, workspacePaths } from "./workspace.ts";

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

/** A prompt: the workspace's own file of that name, else the embedded one. */
export async function readPromptText(
  root: string,
  name: PromptName,
): Promise<{ text: string; source: string }> {
  const path = join(workspacePaths.prompts(root), `${name}.md`);
  try {
    return { text: await Deno.readTextFile(path), source: path };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { text: EMBEDDED[name], source: "embedded" };
    }
    throw error;
  }
}

/** Makes the workspace's own copy of a prompt, to be changed; one that exists stays as it is. */
export async function makePromptOverride(
  root: string,
  name: PromptName,
): Promise<{ path: string; isNew: boolean }> {
  const folder = workspacePaths.prompts(root);
  const path = join(folder, `${name}.md`);
  await ensureWorkspace(root);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await Deno.writeTextFile(path, EMBEDDED[name], {
      createNew: true,
      mode: 0o600,
    });
    return { path, isNew: true };
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      return { path, isNew: false };
    }
    throw error;
  }
}

/** What the workers of a profile are told besides their task; `null` for a profile without such a prompt. */
export async function workerInstructions(
  root: string,
  profile: string | null,
): Promise<string | null> {
  if (profile === null || !isWorkerPrompt(profile)) return null;
  return (await readPromptText(root, profile)).text;
}

/** Whether a profile is one that agentctl has a prompt for. */
export function isWorkerPrompt(
  profile: string,
): profile is Exclude<PromptName, "orchestrator"> {
  return profile !== "orchestrator" &&
    PROMPT_NAMES.some((name) => name === profile);
}
