import { join } from "@std/path";
import { allowedUnasked } from "../permission/allowed_unasked.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** What a model may do without the user being asked, besides what gives it no more than it has. */
export async function* checkUnasked(
  { caller, open }: Examination,
): AsyncGenerator<Finding> {
  const entries = await allowedUnasked(caller.env);
  yield ok(
    "unasked",
    entries.length === 0
      ? "A model is let do nothing but what gives it no more than it has"
      : `A model is let do without a question: ${entries.join(", ")}`,
  );
  const opened = await open().catch(() => null);
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
    [one, other].map((path) => Deno.realPath(path).catch(() => path)),
  );
  return a === b;
}
