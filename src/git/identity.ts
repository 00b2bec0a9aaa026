import { runGit } from "./git_command.ts";
import type { GitCall } from "./git_call.ts";

/** Who commits if the user has not told git their name. */
const NOBODY = ["user.name=agentctl", "user.email=agentctl@localhost"];

/**
 * The settings with which a commit can be made: none if git knows the user, and
 * otherwise a name and an address that are obviously nobody's, rather than
 * those that git would guess from the machine.
 */
export async function identitySettings(call: GitCall): Promise<string[]> {
  const known = await Promise.all(
    ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"].map((name) =>
      runGit(["var", name], {
        ...call,
        settings: [...call.settings ?? [], "user.useConfigOnly=true"],
      })
    ),
  );
  return known.every(({ code }) => code === 0) ? [] : NOBODY;
}
