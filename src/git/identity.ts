import { type GitCall, runGit } from "./git_command.ts";

/** Who commits where the person has told git nothing of themselves. */
const NOBODY = ["user.name=agentctl", "user.email=agentctl@localhost"];

/**
 * The settings with which a commit can be made: none if git knows the person,
 * else a name and an address that are plainly nobody's, not those that git
 * would guess from the machine.
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
