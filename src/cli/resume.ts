import { resolveRun } from "../owners/resolve_run.ts";
import { resumeRequest } from "../fleet/resume.ts";
import { startRun } from "../fleet/start.ts";
import { resolveNamedRuns } from "../task/task_choices.ts";
import { usageError } from "../system/errors.ts";
import { text } from "../terminal/option_spec.ts";
import { command } from "./command.ts";
import { readPrompt } from "./input.ts";
import { printStarted } from "./print_started.ts";
import { PROMPT_OPTIONS, TASK } from "./start_options.ts";

export default command({
  name: "resume",
  summary: "continue the thread of a run with another prompt",
  usage:
    "resume --parent-run-id ID [options] [--prompt TEXT | --prompt-file FILE | < prompt]",
  description:
    "Starts a new run that continues the Codex thread of a run that has ended. Without a prompt,\nit uses the parent's followup_prompt. Project, profile, model and sandbox are the parent's\nunless options say otherwise.",
  action: "resume",
  args: "",
  argsHint: "name the run with --parent-run-id",
  options: {
    "parent-run-id": {
      ...text("ID", "the run to continue"),
      required: 'name the run, as in "agentctl resume --parent-run-id @last"',
    },
    ...PROMPT_OPTIONS,
  },
  task: TASK,
  examples: [
    "agentctl resume --parent-run-id @last --profile deep",
    'agentctl resume --parent-run-id 20260102-0304 --prompt "Now add a test"',
  ],
  async run(call) {
    const { options, choices, say } = call;
    const context = await call.fleet();
    const request = await resumeRequest(
      context,
      await resolveRun(context, options.parentRunId),
      await resolveNamedRuns(context, choices),
    );
    const { parent } = request;
    const hasFallback = parent.followup_prompt !== "";
    const { prompt: text, promptFile: file } = options;
    let prompt = await readPrompt(
      "prompt",
      { text, file },
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
