import { runShell, shellQuote } from "../system/shell.ts";
import { findProgram } from "../system/find_program.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import { existingFolder } from "./existing_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem } from "./finding.ts";

/** Whether a run can be written down. The system is asked, so that nothing is written and a read-only disk counts. */
export async function* checkWritable(
  { caller, signal, open }: Examination,
): AsyncGenerator<Finding> {
  // Scripts are run by git; another check reports that it is missing.
  if (findProgram(caller.env, "git") === null) return;
  const { workspace } = await open();
  const { runs, queue, active, cache, layoutLock, queueLock } = workspacePaths;
  const places = [
    await existingFolder(workspace.state),
    ...[runs, queue, active, cache, layoutLock, queueLock]
      .map((path) => path(workspace)),
  ];
  const { stdout } = await runShell(
    `number=0
for path in ${places.map(shellQuote).join(" ")}; do
  if [ -e "$path" ] && ! [ -w "$path" ]; then echo "$number"; fi
  number=$((number + 1))
done`,
    { env: programEnvironment(caller.env).env, signal },
  );
  const [refused] = stdout.split("\n").filter((line) => line !== "")
    .map((line) => places[Number(line)]);
  yield refused === undefined
    ? ok("workspace.writable", "The workspace can be written")
    : problem(
      "workspace.writable",
      `You cannot write "${refused}"`,
      "correct its permissions or its disk, or name another workspace with --workspace or AI_ORCH_HOME",
    );
}
