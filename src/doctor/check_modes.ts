import { basename } from "@std/path";
import { unlessGone } from "../files/unless_gone.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import {
  type SurveyedEntry,
  surveyEntry,
  surveyFolder,
} from "./survey_runs.ts";
import { realPathAt } from "../files/exists.ts";

/** Entries that hold no data of runs. */
const OPEN_NAMES = [".gitignore", "prompts"];

/** Checks that only the owner can access the state of the workspace: folders 0700, files 0600. */
export async function* checkModes(
  { open, runs }: Examination,
): AsyncGenerator<Finding> {
  const { state } = (await open()).workspace;
  const real = await realPathAt(state);
  const rootEntry = real === null ? null : surveyEntry(real);
  if (rootEntry === null) return;
  const wrong = [
    rootEntry,
    ...surveyFolder(state),
    ...(await runs()).runs.flatMap(({ folder, entries }) => [
      folder,
      ...entries,
    ]),
  ].filter(isWrong);
  const [first] = wrong;
  if (first === undefined) {
    return yield ok(
      "workspace.modes",
      "Only you can read what agentctl keeps about runs",
    );
  }
  const others = wrong.length > 1 ? ` and ${wrong.length - 1} more` : "";
  const mode = (first.mode ?? 0).toString(8).padStart(4, "0");
  const message =
    `"${first.path}" (${mode})${others} should be yours alone: folders 0700, files 0600`;
  // An open file is harmless inside a closed folder; a file that is closed to us is a problem anywhere.
  const isSerious = first === rootEntry || wrong.some(lacksOwnerBits);
  yield (isSerious ? problem : warning)(
    "workspace.modes",
    message,
    'repair the permissions with "agentctl doctor --fix"',
    async () => {
      for (const { path, mode, kind } of wrong) {
        await Deno.chmod(path, (mode ?? 0) & 0o700 | ownerBits(kind))
          .catch(unlessGone);
      }
      return `Repaired the permissions of "${first.path}"${others}`;
    },
  );
}

function ownerBits(kind: SurveyedEntry["kind"]): number {
  return kind === "folder" ? 0o700 : 0o600;
}

function lacksOwnerBits({ mode, kind }: SurveyedEntry): boolean {
  return mode !== null && (mode & ownerBits(kind)) !== ownerBits(kind);
}

function isWrong(entry: SurveyedEntry): boolean {
  if (entry.mode === null || OPEN_NAMES.includes(basename(entry.path))) {
    return false;
  }
  return (entry.mode & 0o077) !== 0 || lacksOwnerBits(entry);
}
