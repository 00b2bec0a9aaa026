import { resumeRequest } from "../fleet/resume.ts";
import { startRun } from "../fleet/start.ts";
import { resolveNamedRuns } from "../fleet/resolve_named.ts";
import { usageError } from "../system/errors.ts";
import { text } from "../terminal/option_spec.ts";
import { chosenRun } from "./chosen_runs.ts";
import { command } from "./command.ts";
import { readPrompt } from "./input.ts";
import { printStarted } from "./print_started.ts";
import { PROMPT_OPTIONS, TASK } from "./start_options.ts";

export default command({
  name: "resume",
  summary: "continue the thread of a run with another prompt",
  usage:
    "resume <id> [TEXT | --prompt TEXT | --prompt-file FILE | < prompt] [options]",
  description:
    "Starts a new run that continues the Codex thread of a run that has ended. Without a prompt,\nit uses the parent's followup_prompt. Project, profile, model and sandbox are the parent's\nunless options say otherwise.",
  action: "resume",
  args: "[id] [text]",
  argsHint:
    "name a run, and put the prompt in quotes, as in \"agentctl resume @last 'Now add a test'\"",
  options: {
    "parent-run-id": text("ID", "the run to continue, instead of <id>"),
    ...PROMPT_OPTIONS,
  },
  task: TASK,
  examples: [
    "agentctl resume @last --profile deep",
    'agentctl resume 20260102-0304 "Now add a test"',
  ],
  async run(call) {
    const { args, options, choices, say } = call;
    const { parentRunId } = options;
    const [word = parentRunId, words] = args;
    if (word === undefined || parentRunId !== undefined && args.length > 0) {
      throw usageError(
        'Cannot resume: name one run, as in "agentctl resume @last"',
      );
    }
    const context = await call.fleet();
    const request = await resumeRequest(
      context,
      await chosenRun(context, word, { say }),
      await resolveNamedRuns(context, choices),
    );
    const { parent } = request;
    const hasFallback = parent.followup_prompt !== "";
    let prompt = await readPrompt(
      "prompt",
      { words, text: options.prompt, file: options.promptFile },
      call.caller,
      hasFallback,
    );
    if (prompt === undefined) {
      if (!hasFallback) {
        throw usageError(
          `Cannot resume run "${parent.run_id}": it left no follow-up prompt; give one by --prompt, --prompt-file or standard input`,
        );
      }
      // Claude Code joins both outputs, so nothing may appear beside the id there.
      if (Deno.stderr.isTerminal()) {
        say(`Using the follow-up prompt of run ${parent.run_id}`);
      }
      prompt = new TextEncoder().encode(parent.followup_prompt);
    }
    const record = await startRun(context, { ...request, prompt });
    await printStarted(call, record);
    return 0;
  },
});
