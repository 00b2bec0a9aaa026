import * as z from "zod/mini";
import { runCommand } from "../system/command.ts";
import { tryOr } from "../system/ignore.ts";

const Model = z.object({
  slug: z.string().check(z.regex(/^[\w.:/-]+$/)),
  description: z.catch(z.string(), ""),
  /** The first is Codex's default. */
  priority: z.catch(z.number(), Number.MAX_SAFE_INTEGER),
  visibility: z.catch(z.string(), "list"),
  supported_reasoning_levels: z.catch(
    z.array(z.object({ effort: z.string() })),
    [],
  ),
});
const Answer = z.object({ models: z.array(z.unknown()) });

/** Models for the profiles that the installer writes; an empty name leaves the choice to Codex. */
export interface ModelChoice {
  /** For small tasks. */
  fast: string;
  /** For hard tasks, with `xhigh` effort. */
  strong: string;
  /** Codex's own default. */
  standard: string;
}

/**
 * Chooses from what `codex debug models --bundled` prints. Names change with every
 * version of Codex, so it goes by the order and the descriptions. If the list
 * cannot be read, the names are empty.
 */
export function chooseModels(bundled: unknown): ModelChoice {
  const answer = Answer.safeParse(bundled);
  const models = (answer.success ? answer.data.models : [])
    .map((model) => Model.safeParse(model))
    .flatMap((model) =>
      model.success && model.data.visibility === "list" ? [model.data] : []
    )
    .sort((a, b) => a.priority - b.priority);
  const [standard] = models;
  if (!standard) return { fast: "", strong: "", standard: "" };
  const current = models.filter(({ description }) =>
    !/\b(older|previous|legacy)\b/i.test(description)
  );
  const fast = current.find(({ description }) =>
    /\b(fast|affordable|small)\b/i.test(description)
  );
  const strong = current.find((
    { description, supported_reasoning_levels: levels },
  ) =>
    /\b(frontier|most demanding|most capable)\b/i.test(description) &&
    levels.some(({ effort }) => effort === "xhigh")
  );
  return {
    fast: (fast ?? standard).slug,
    strong: (strong ?? standard).slug,
    standard: standard.slug,
  };
}

const ASK_TIMEOUT_MS = 5_000;

/** Asks Codex which models it knows, and chooses; the names are empty if it does not say, and Codex then chooses itself. */
export async function askModels(
  env: Record<string, string>,
): Promise<ModelChoice> {
  const { stdout } = await runCommand(
    "codex",
    ["debug", "models", "--bundled"],
    { env, signal: AbortSignal.timeout(ASK_TIMEOUT_MS) },
  );
  const why = "Codex chooses the model itself";
  return chooseModels(tryOr(() => JSON.parse(stdout), null, why));
}
