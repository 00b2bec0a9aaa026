import { didYouMean } from "../text/suggestion.ts";
import { notFoundError } from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import {
  makePromptOverride,
  PROMPT_NAMES,
  readPromptText,
} from "../workspace/prompts.ts";
import { trustCall } from "../workspace/source_file.ts";
import { command } from "./command.ts";

export default command({
  name: "prompt",
  summary: "print the prompt for the orchestrator or for workers",
  usage: "prompt [orchestrator|spark|deep|review] [--edit]",
  description:
    "Prints the orchestrator's prompt, or what the workers of a profile are told. A file of that\nname in the workspace's prompts/ folder (such as prompts/spark.md) takes precedence.",
  action: "print prompt",
  args: "[name]",
  argsHint: "name one prompt",
  options: {
    edit: flag(
      "make a copy in the workspace for you to change, and print its path",
    ),
  },
  examples: [
    "agentctl prompt",
    "agentctl prompt spark",
    "agentctl prompt spark --edit",
  ],
  readOnly: { without: "edit" },
  async run({ args, options, caller, workspace, print, say }) {
    const [text = "orchestrator"] = args;
    const name = PROMPT_NAMES.find((name) => name === text);
    if (!name) {
      throw notFoundError(
        `Cannot find prompt "${text}": ${
          didYouMean(text, PROMPT_NAMES, `give ${PROMPT_NAMES.join(", ")}`)
        }`,
      );
    }
    const { root } = await workspace();
    const site = { root, env: caller.env };
    if (options.edit) {
      const { path, isNew, needsApproval } = await makePromptOverride(
        site,
        name,
      );
      print(
        options.json ? JSON.stringify({ name, path, created: isNew }) : path,
      );
      say(
        !isNew
          ? "It exists; nothing changed"
          : needsApproval
          ? `Change this file, then run "${
            trustCall(root)
          }"; it is used from then on`
          : "Change this file; it is used from now on",
      );
      return 0;
    }
    const prompt = await readPromptText(site, name);
    print(
      options.json
        ? JSON.stringify({ name, ...prompt })
        : prompt.text.trimEnd(),
    );
    return 0;
  },
});
