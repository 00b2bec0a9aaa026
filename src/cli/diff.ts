import { observeRun } from "../lifecycle/reconcile.ts";
import { diffOfRun, ownDiffOfRun } from "../worktrees/run_diff.ts";
import { toldLines } from "../run/told_lines.ts";
import { shownRunId } from "./chosen_runs.ts";
import { openPlain, readTextBounded } from "../files/bounded_read.ts";
import { environmentError, messageOf } from "../system/errors.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { pageThroughShell } from "../system/shell.ts";
import { gitPager } from "../git/pager.ts";
import { writeStdoutBytes } from "../system/standard_output.ts";
import { drawPatch } from "../terminal/draw_patch.ts";
import { flag } from "../terminal/option_spec.ts";
import { harmlessLine } from "../text/others_words.ts";
import { firstOf } from "../text/wording.ts";
import { stripControls } from "../text/sanitize.ts";
import { command, type CommonCall } from "./command.ts";
import { stdoutStyle } from "./terminal.ts";

export default command({
  name: "diff",
  summary: "print what a run changed",
  description:
    "Prints what a run changed: on a terminal in colour, through git's pager; to a pipe byte for\nbyte, so that `agentctl diff ID | git apply` works. For a run in a worktree that is still\nrunning, or was lost, it prints the changes so far.\n\nIn a folder where others work too, a diff holds everything that changed there meanwhile. With\n--own it is limited to the files that the run edited itself, and those that changed while a\ncommand of this run was running and none of another, or one that names the file.",
  action: "show a diff",
  args: "<id>",
  options: {
    stat: flag("print only the files and how many lines changed"),
    own: flag("only files that the run is known to have changed itself"),
  },
  examples: ["agentctl diff @last --stat", "agentctl diff @last | git apply"],
  inSandbox: true,
  async run(call) {
    const { args, options, fleet, print, say } = call;
    const context = await fleet();
    const id = await shownRunId(context, args[0]);
    const record = await observeRun(context, id);
    await using diff = await (options.own ? ownDiffOfRun : diffOfRun)(
      context,
      record,
    );
    const { patchFile, stat, told, others } = diff;
    if (options.json) {
      const patch = patchFile === null ? "" : await readPatch(id, patchFile);
      const shown = options.stat ? {} : { patch };
      print(JSON.stringify({ run_id: id, stat, ...told, ...shown }));
    } else if (patchFile === null) {
      say(
        `Run ${id} has changed nothing${
          told.left_out.length === 0 ? "" : " that its diff has room for"
        }`,
      );
    } else if (options.stat) {
      await show(call, stripControls(stat.trimEnd(), { keepNewlines: true }));
    } else if (Deno.stdout.isTerminal()) {
      const patch = await readPatch(id, patchFile);
      await show(call, drawPatch(patch, stdoutStyle(call.caller.env)));
    } else {
      using file = await openPlain(patchFile, {});
      for await (const bytes of file.readable) writeStdoutBytes(bytes);
    }
    if (others.length > 0 && !options.json) {
      const names = others.map((path) => harmlessLine(path));
      say(
        `Changed meanwhile, perhaps not by this run: ${
          firstOf(names, MOST_OTHERS)
        } (--own leaves them out)`,
      );
    }
    // Not into what git should apply.
    if (!options.json) toldLines(told).forEach((line) => say(line));
    return 0;
  },
});

/** How many files that others may have changed are named. */
const MOST_OTHERS = 8;

/** What is shown as one text must fit into memory. */
const MAX_PATCH = { maxBytes: 256 << 20 };

async function readPatch(id: string, path: string): Promise<string> {
  try {
    return await readTextBounded(path, MAX_PATCH);
  } catch (error) {
    throw environmentError(
      `Cannot show the diff of run "${id}": "${path}" cannot be read (${
        messageOf(error)
      }); write it to a file with "agentctl diff ${id} > FILE"`,
    );
  }
}

/** What a shell says of a program that it cannot find or start. */
const NOT_STARTED = [126, 127];

/** Prints a text, on a terminal through the pager that git would use. */
async function show(
  { caller, print }: CommonCall,
  text: string,
): Promise<void> {
  if (!Deno.stdout.isTerminal()) return print(text);
  const pager = await gitPager(caller.env);
  if (pager === "" || pager === "cat") return print(text);
  // As git starts it: it exits at once if the text fits, and keeps the colours.
  const env = {
    ...{ LESS: "FRX", LV: "-c" },
    ...programEnvironment(caller.env).env,
  };
  const code = await pageThroughShell(pager, `${text}\n`, { env });
  if (NOT_STARTED.includes(code)) print(text);
}
