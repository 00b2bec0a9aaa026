import { startRun } from "../fleet/start.ts";
import { usageError } from "../system/errors.ts";
import type { Command } from "./command.ts";
import { readPrompt } from "./input.ts";
import { printStarted } from "./print_started.ts";
import { resolveAfter, START_OPTIONS, startRequest } from "./start_options.ts";

export const startCommand: Command = {
  name: "start",
  summary: "start a run in a tmux pane and print its id at once",
  usage: "start [options] [--prompt TEXT | --prompt-file FILE | < prompt]",
  description:
    "Starts a Codex worker in its own tmux pane and prints the run id, and nothing else, at\nonce. The prompt comes from --prompt, --prompt-file or standard input. When as many\nworkers are at work as may be, or it is to come after others, the run waits in the queue.",
  options: START_OPTIONS,
  examples: [
    "agentctl start --project shop --profile spark <<'PROMPT'\nFix the rounding error in src/tax.ts. Done when npm test passes.\nPROMPT",
    'agentctl start --profile review --prompt "Review the last commit" --timeout 20m',
  ],
  async run(call) {
    const { args, options } = call;
    if (args.length > 0) {
      throw usageError(
        `Cannot start run: argument "${
          args[0]
        }" is unexpected; give the prompt by --prompt, --prompt-file or standard input`,
      );
    }
    const request = startRequest(options);
    const prompt = await readPrompt(call) ?? new Uint8Array();
    const context = await call.fleet();
    const record = await startRun(context, {
      ...await resolveAfter(context.workspace, request),
      prompt,
    });
    printStarted(call, record);
    return 0;
  },
};
