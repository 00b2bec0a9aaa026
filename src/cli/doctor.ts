import { diagnose, drawFindings, mend } from "../doctor/mod.ts";
import { EXIT_CODES } from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import { command } from "./command.ts";
import { stdoutStyle, stdoutWidth } from "./terminal.ts";
import { plural } from "../text/wording.ts";

export default command({
  name: "doctor",
  summary:
    "check tmux, Codex, git and the workspace, and fix what can be fixed safely",
  description:
    "Checks what agentctl depends on and says of each what to do: tmux, codex, git, claude,\nthe workspace and its runs, the disk, the clock. Ends within two seconds, later on a busy\nmachine, with exit code 5 if there is a problem; warnings can wait. Nothing is written without\n--fix, which makes missing folders and profiles, repairs permissions, removes leftovers, and\nwrites the ends of runs whose supervisors died.",
  action: "run the doctor",
  args: "",
  options: {
    fix: flag("fix what can be fixed safely, and check again"),
  },
  readOnly: { without: "fix" },
  examples: ["agentctl doctor", "agentctl doctor --fix"],
  async run({ options, caller, fleet, print, say }) {
    const { fix: mayWrite, workspace } = options;
    // Notes where earlier versions ran workers, before a program is started; what fails is found below.
    await fleet().catch(() => {});
    const examine = () => diagnose({ caller, workspace, mayWrite });
    let findings = await examine();
    if (mayWrite) {
      const { done, failed } = await mend(findings);
      for (const sentence of [...done, ...failed]) say(sentence);
      if (done.length > 0) findings = await examine();
      else if (failed.length === 0) say("There is nothing to fix");
    }
    if (options.json) {
      const shown = findings.map(({ check, state, message, remedy }) => ({
        check,
        state,
        message,
        remedy,
      }));
      print(JSON.stringify(shown, null, 2));
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
