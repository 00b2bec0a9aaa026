import { join } from "@std/path";
import { allowedUnasked } from "../permission/allowed_unasked.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";
import { realPathAt } from "../files/exists.ts";
import { instead } from "../system/ignore.ts";

/** Shows what a model may do without asking the user, besides what gives it no rights that it does not have. */
export async function* checkUnasked(
  { caller, open }: Examination,
): AsyncGenerator<Finding> {
  const entries = await allowedUnasked(caller.env);
  yield ok(
    "unasked",
    entries.length === 0
      ? "A model must ask before it does anything that gives it more rights than it has"
      : `A model may do these without asking: ${entries.join(", ")}`,
  );
  const opened = await open().catch(
    instead(null, "the check of the workspace reports it"),
  );
  if (opened === null) return;
  const { root, config } = opened.workspace;
  const home = homeWorkspace(caller.env);
  if (config.allow_unasked.length === 0 || await isSame(root, home)) return;
  yield warning(
    "unasked.workspace",
    `allow_unasked of workspace "${root}" does not count`,
    `write it into "${join(home, "config.jsonc")}"`,
  );
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map(async (path) => await realPathAt(path) ?? path),
  );
  return a === b;
}
