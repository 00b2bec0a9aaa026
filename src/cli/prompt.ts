import { closestString } from "@std/text";
import { notFoundError, usageError } from "../system/errors.ts";
import { PROMPT_NAMES, readPromptText } from "../workspace/prompts.ts";
import type { Command } from "./command.ts";

export const promptCommand: Command = {
  name: "prompt",
  summary: "print a prompt of agentctl: for the orchestrator or for workers",
  usage: "prompt [orchestrator|spark|deep|review]",
  description:
    "Prints the orchestrator's prompt, or what the workers of a profile are told. A file of\nthat name in the workspace's prompts/ folder (such as prompts/spark.md) comes first.",
  options: [],
  examples: ["agentctl prompt", "agentctl prompt spark"],
  readOnly: true,
  async run({ args, options, workspace, print }) {
    const [text = "orchestrator", extra] = args;
    if (extra !== undefined) {
      throw usageError("Cannot print prompt: name one prompt");
    }
    const name = PROMPT_NAMES.find((name) => name === text);
    if (!name) {
      throw notFoundError(
        `Cannot find prompt "${text}": did you mean "${
          closestString(text, PROMPT_NAMES)
        }"`,
      );
    }
    const prompt = await readPromptText((await workspace()).root, name);
    print(
      options["json"]
        ? JSON.stringify({ name, ...prompt })
        : prompt.text.trimEnd(),
    );
    return 0;
  },
};
