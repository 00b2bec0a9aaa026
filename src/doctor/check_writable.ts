import { dirname, isAbsolute } from "@std/path";
import { codexHome } from "../codex/profiles.ts";
import { exists } from "../files/exists.ts";
import { runShell, shellQuote } from "../system/shell.ts";
import { findProgram } from "../system/find_program.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Whether a run can be written down, and its thread by Codex. The system is asked, so that nothing is written and a read-only disk counts. */
export async function* checkWritable(
  { caller, signal, open }: Examination,
): AsyncGenerator<Finding> {
  // Scripts are run by git; another check reports that it is missing.
  if (findProgram(caller.env, "git") === null) return;
  const { workspace, missing } = await open();
  const path = workspacePaths;
  const codex = await existingPath(codexHome(caller.env));
  const folders = [
    await existingPath(workspace.state),
    ...missing ? [await existingPath(workspace.root)] : [],
    ...[path.runs, path.making, path.queue, path.active, path.cache]
      .map((of) => of(workspace)),
  ];
  const files = [path.layoutLock, path.queueLock, path.driverLock, path.pauses]
    .map((of) => of(workspace));
  const tmpdir = caller.env["TMPDIR"] ?? "/tmp";
  const places = [...files, ...folders, codex, tmpdir];
  const codexAt = places.length - 2;
  const { stdout } = await runShell(
    `number=0
for path in ${places.map(shellQuote).join(" ")}; do
  kind=-d
  [ $number -ge ${files.length} ] || kind=-f
  if { [ -e "$path" ] || [ $number -gt ${codexAt} ]; } && ! { [ $kind "$path" ] && [ -w "$path" ]; }; then echo "$number"; fi
  number=$((number + 1))
done`,
    { env: programEnvironment(caller.env).env, signal },
  );
  const refused = stdout.split("\n").filter((line) => line !== "").map(Number);
  const [own] = refused.filter((index) => index < codexAt);
  yield own === undefined
    ? ok("workspace.writable", "The workspace can be written")
    : problem(
      "workspace.writable",
      `"${places[own]}" is not a ${
        own < files.length ? "file" : "folder"
      } that you can write`,
      "move it away, correct its permissions or its disk, or name another workspace with --workspace or AI_ORCH_HOME",
    );
  if (refused.includes(codexAt)) {
    yield problem(
      "workspace.codex",
      `Codex cannot write "${codex}", where it keeps the threads of runs`,
      "correct its permissions or its disk, or name another folder with CODEX_HOME",
    );
  }
  if (!isAbsolute(tmpdir) || refused.includes(codexAt + 1)) {
    yield warning(
      "workspace.tmpdir",
      `Nothing can be written in TMPDIR "${tmpdir}", so workers use /tmp`,
      "make that folder, or unset TMPDIR",
    );
  }
}

/** The path itself, or the nearest above it that exists, folder or not. */
async function existingPath(path: string): Promise<string> {
  for (let at = path;; at = dirname(at)) {
    if (await exists(at) || dirname(at) === at) return at;
  }
}
