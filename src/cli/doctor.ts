import { resolve } from "@std/path";
import { makeBundle } from "../doctor/bundle.ts";
import { diagnose } from "../doctor/diagnose.ts";
import { drawFindings } from "../doctor/draw_findings.ts";
import { openAnyway } from "../doctor/examination.ts";
import { type Finding, toldOf } from "../doctor/finding.ts";
import { mend } from "../doctor/mend.ts";
import { exists } from "../files/exists.ts";
import {
  AgentctlError,
  cannot,
  EXIT_CODES,
  usageError,
} from "../system/errors.ts";
import { watchInterruption } from "../system/interruption.ts";
import { flag, type OptionSpecs, text } from "../terminal/option_spec.ts";
import { type Call, command } from "./command.ts";
import { stdoutStyle, stdoutWidth } from "./terminal.ts";
import { plural } from "../text/wording.ts";
import { ignored } from "../system/ignore.ts";

export default command({
  name: "doctor",
  summary:
    "check tmux, Codex, git and the workspace, and fix what can be fixed safely",
  description:
    "Checks what agentctl depends on and says of each what to do: tmux, codex, git, claude,\nthe workspace and its runs, the disk, the clock; and goes the way of start up to a pane in a\nsession of its own, without a run or a model. Takes a second or two, longer on a busy machine,\nand ends even if a program hangs, with exit code 5 if there is a problem; warnings can wait. Nothing is written without\n--fix, which makes missing folders and profiles, repairs permissions, removes leftovers, and\nwrites the ends of runs whose supervisors died.\n\n--bundle writes one new file for a bug report: versions, settings, findings, and what is known\nof a run (the newest unless you name one) with its lines of the AGENTCTL_DEBUG file. It holds\nno prompts, no words of workers and no values of the environment; read it before you send it.",
  action: "run the doctor",
  usage: "doctor [--fix] | doctor --bundle FILE [id]",
  args: "[id]",
  argsHint: 'name at most one run, as in "agentctl doctor --bundle FILE @last"',
  options: {
    fix: flag("fix what can be fixed safely, and check again"),
    bundle: text("FILE", "write what a bug report needs to a new file"),
  },
  readOnly: { without: ["fix", "bundle"] },
  examples: [
    "agentctl doctor",
    "agentctl doctor --fix",
    "agentctl doctor --bundle report.json @last",
  ],
  async run(call) {
    const { args: [run], options, caller, fleet, print, say } = call;
    const { fix: mayWrite, workspace, bundle } = options;
    if (bundle === undefined && run !== undefined) {
      throw usageError(
        `Cannot run the doctor: run "${run}" is only for a bundle; give --bundle FILE too`,
      );
    }
    if (bundle !== undefined) await refuseTaken(resolve(caller.cwd, bundle));
    // Notes where earlier versions ran workers, before a program is started.
    await fleet().catch(ignored("what fails here is found by the checks"));
    using interruption = watchInterruption();
    const { signal } = interruption;
    const examine = async () => {
      const found = await diagnose({ caller, workspace, mayWrite, signal });
      if (!signal.aborted) return found;
      throw new AgentctlError(
        "interrupted",
        "Interrupted: nothing was checked",
      );
    };
    let findings = await examine();
    if (mayWrite) {
      const { done, failed } = await mend(findings);
      for (const sentence of [...done, ...failed]) say(sentence);
      if (done.length > 0) findings = await examine();
      else if (failed.length === 0) say("There is nothing to fix");
    }
    if (bundle !== undefined) {
      const path = resolve(caller.cwd, bundle);
      return await writeBundle(call, path, findings);
    }
    if (options.json) {
      print(JSON.stringify(findings.map(toldOf), null, 2));
    } else {
      print(drawFindings(
        findings,
        stdoutWidth(caller.env),
        stdoutStyle(caller.env),
      ));
    }
    const count = (state: string) =>
      findings.filter((finding) => finding.state === state).length;
    const problems = count("problem");
    say(
      `${plural(problems, "problem")}, ${plural(count("warning"), "warning")}`,
    );
    return problems === 0 ? EXIT_CODES.ok : EXIT_CODES.environment;
  },
});

/** Writes what a report needs to a new file, and says what it holds. */
async function writeBundle(
  { args: [run], options, caller, print, say }: Call<OptionSpecs, "[id]">,
  path: string,
  findings: readonly Finding[],
): Promise<number> {
  const opened = await openAnyway(caller, options.workspace);
  const made = await makeBundle({ caller, opened, findings, run });
  try {
    await Deno.writeTextFile(path, made.text, { createNew: true, mode: 0o600 });
  } catch (error) {
    await refuseTaken(path);
    throw cannot(`write bundle "${path}"`, error);
  }
  const ofRun = made.run === null ? [] : [
    `the record of run ${made.run.id}`,
    `${plural(made.run.lines, "line")} of its debug log`,
  ];
  const holds = [
    ...["versions", "the settings that differ from the defaults"],
    ...[plural(made.findings, "finding"), ...ofRun],
  ];
  if (options.json) print(JSON.stringify({ file: path, holds }));
  say(`Wrote "${path}": ${holds.join(", ")}`);
  say(
    "It holds no prompts, workers' words or values of environment variables; read it before you send it",
  );
  return EXIT_CODES.ok;
}

/** Throws a `usage` error if the path exists already. */
async function refuseTaken(path: string): Promise<void> {
  if (!await exists(path)) return;
  throw usageError(
    `Cannot write bundle: "${path}" exists already; name a new file`,
  );
}
