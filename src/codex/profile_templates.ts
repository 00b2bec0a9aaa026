import deepFile from "../../config/codex/deep.config.toml" with {
  type: "text",
};
import reviewFile from "../../config/codex/review.config.toml" with {
  type: "text",
};
import sparkFile from "../../config/codex/spark.config.toml" with {
  type: "text",
};
import deepTable from "../../config/codex/tables/deep.toml" with {
  type: "text",
};
import reviewTable from "../../config/codex/tables/review.toml" with {
  type: "text",
};
import sparkTable from "../../config/codex/tables/spark.toml" with {
  type: "text",
};
import type { ModelChoice } from "./models.ts";

const TEMPLATES = {
  files: { spark: sparkFile, deep: deepFile, review: reviewFile },
  tables: { spark: sparkTable, deep: deepTable, review: reviewTable },
};

/** The profiles that come with agentctl. */
export type TemplateName = keyof typeof TEMPLATES.files;

export const TEMPLATE_NAMES: readonly TemplateName[] = [
  "spark",
  "deep",
  "review",
];

/**
 * The text of a profile: a file for today's Codex, or a table for the `config.toml` of
 * an older one. Without a model, the line becomes a comment.
 */
export function profileText(
  name: TemplateName,
  form: "files" | "tables",
  models: ModelChoice,
): string {
  return TEMPLATES[form][name].replace(
    /^model = "\{\{(fast|strong|standard)\}\}"$/m,
    (_, role: keyof ModelChoice) =>
      models[role] === ""
        ? '# model = "…"'
        : `model = ${JSON.stringify(models[role])}`,
  );
}
