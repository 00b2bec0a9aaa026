import { dirname } from "@std/path";
import { codexHome } from "../codex/profiles.ts";
import { exists } from "../files/exists.ts";
import { runShell, shellQuote } from "../system/shell.ts";
import { findProgram } from "../system/find_program.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem } from "./finding.ts";

/** Whether a run can be written down, and its thread by Codex. The system is asked, so that nothing is written and a read-only disk counts. */
export async function* checkWritable(
  { caller, signal, open }: Examination,
): AsyncGenerator<Finding> {
  // Scripts are run by git; another check reports that it is missing.
  if (findProgram(caller.env, "git") === null) return;
  const { workspace, missing } = await open();
  const { runs, queue, active, cache, layoutLock, queueLock } = workspacePaths;
  const folders = [
    await existingPath(workspace.state),
    ...missing ? [await existingPath(workspace.root)] : [],
  ];
  const codex = await existingPath(codexHome(caller.env));
  const places = [
    ...folders,
    ...[runs, queue, active, cache, layoutLock, queueLock]
      .map((path) => path(workspace)),
    codex,
  ];
  const { stdout } = await runShell(
    `number=0
for path in ${places.map(shellQuote).join(" ")}; do
  if [ -e "$path" ] && ! [ -w "$path" ]; then echo "$number"
  elif [ $number -lt ${folders.length} ] && ! [ -d "$path" ]; then echo "$number"; fi
  number=$((number + 1))
done`,
    { env: programEnvironment(caller.env).env, signal },
  );
  const refused = stdout.split("\n").filter((line) => line !== "").map(Number);
  // The last one is Codex's.
  const [own] = refused.filter((index) => index < places.length - 1);
  yield own === undefined
    ? ok("workspace.writable", "The workspace can be written")
    : problem(
      "workspace.writable",
      `You cannot write "${places[own]}"`,
      "correct its permissions or its disk, or name another workspace with --workspace or AI_ORCH_HOME",
    );
  if (!refused.includes(places.length - 1)) return;
  yield problem(
    "workspace.codex",
    `Codex cannot write "${codex}", where it keeps the threads of runs`,
    "correct its permissions or its disk, or name another folder with CODEX_HOME",
  );
}

/** The path itself, or the nearest above it that exists, folder or not. */
async function existingPath(path: string): Promise<string> {
  for (let at = path;; at = dirname(at)) {
    if (await exists(at) || dirname(at) === at) return at;
  }
}
