import { startRun } from "../fleet/start.ts";
import { resolveNamedRuns } from "../fleet/resolve_named.ts";
import { usageError } from "../system/errors.ts";
import { text } from "../terminal/option_spec.ts";
import { command } from "./command.ts";
import { readPrompt } from "./input.ts";
import { printStarted } from "./print_started.ts";
import { PROMPT_OPTIONS, TASK } from "./start_options.ts";

export default command({
  name: "start",
  summary: "start a run in a tmux pane and print its id at once",
  usage:
    "start [TEXT | --prompt TEXT | --prompt-file FILE | --batch FILE | < prompt] [options]",
  description:
    'Starts a Codex worker in its own tmux pane and at once prints the run id, and nothing else.\nThe prompt is TEXT, in quotes, or comes from --prompt, --prompt-file or standard input. If all slots are taken, or\nthe run has to come after others, it waits in the queue.\n\nWith --batch, starts a run for each task of a file, all or none, and prints their ids in\norder. A task begins with a line "--- task: NAME"; options follow as "key: value", then a\nline "---", then the prompt. "after" may name other tasks of the file. Options of the call\napply to all tasks that do not set them.',
  action: "start run",
  args: "[text]",
  argsHint:
    "put the prompt in quotes, as in \"agentctl start 'Fix the rounding in src/tax.ts'\"",
  options: {
    ...PROMPT_OPTIONS,
    batch: text("FILE", "start all tasks of this file; - for standard input"),
  },
  task: TASK,
  examples: [
    "agentctl start --project shop --profile spark <<'PROMPT'\nFix the rounding error in src/tax.ts. Done when npm test passes.\nPROMPT",
    'agentctl start --profile review "Review the last commit" --timeout 20m',
    "agentctl start --profile spark --batch - <<'TASKS'\n--- task: lexer\n---\nWrite the lexer. Done when its tests pass.\n--- task: parser\nafter: lexer\nescalate: deep\n---\nWrite the parser.\nTASKS",
  ],
  async run(call) {
    const [words] = call.args;
    const { batch, prompt: text, promptFile: file } = call.options;
    if (batch !== undefined) {
      if (words !== undefined) {
        throw usageError(
          "Cannot start run: give a prompt or --batch, not both",
        );
      }
      const { startBatchCall } = await import("./start_batch.ts");
      return await startBatchCall(call, batch);
    }
    const prompt =
      await readPrompt("prompt", { words, text, file }, call.caller) ??
        new Uint8Array();
    const context = await call.fleet();
    const record = await startRun(context, {
      ...await resolveNamedRuns(context, call.choices),
      prompt,
    });
    await printStarted(call, record);
    return 0;
  },
});
