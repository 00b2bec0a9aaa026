import type { GitCall, Repository } from "./git_call.ts";
import { git, gitError, spawnGit } from "./git_command.ts";

/** More untracked files than these are not listed one by one, and no list takes longer. */
const MOST_FILES = 300_000;
const TIME_MS = 20_000;

/** The files of a repository's folder that git neither tracks nor ignores. */
export interface Others {
  /** Paths from the top level; none of an embedded repository. */
  files: string[];
  /** Folders without a tracked file that hold too many to list them. */
  unlisted: string[];
}

/** Lists what git neither tracks nor ignores. Throws an `environment` error if git refuses. */
export async function listOthers(
  repository: Repository,
  { env, signal }: Pick<GitCall, "env" | "signal">,
): Promise<Others> {
  const call = { env, cwd: repository.root, repository };
  const folder = repository.prefix === ""
    ? []
    : [`:(top,literal)${repository.prefix}`];
  const args = ["ls-files", "--others", "--exclude-standard", "-z"];
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIME_MS);
  const signals = signal ? [signal, stop.signal] : [stop.signal];
  const files: string[] = [];
  try {
    const child = await spawnGit([...args, "--", ...folder], {
      ...call,
      signal: AbortSignal.any(signals),
    });
    const words = new Response(child.stderr).text();
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of child.stdout) {
      const names = (rest + decoder.decode(chunk, { stream: true })).split(
        "\0",
      );
      rest = names.pop() ?? "";
      for (const name of names) if (!name.endsWith("/")) files.push(name);
      if (files.length > MOST_FILES) stop.abort();
    }
    const { code } = await child.status;
    signal?.throwIfAborted();
    if (!stop.signal.aborted) {
      if (code === 0) return { files, unlisted: [] };
      throw gitError(
        `Cannot look into "${repository.folder}"`,
        await words,
      );
    }
  } finally {
    clearTimeout(timer);
  }
  const listing = await git(`Cannot look into "${repository.folder}"`, [
    ...[...args, "--directory", "--no-empty-directory", "--", ...folder],
  ], { ...call, signal });
  const names = listing.split("\0").filter((name) => name !== "");
  return {
    files: names.filter((name) => !name.endsWith("/")),
    unlisted: names.filter((name) => name.endsWith("/"))
      .map((name) => name.slice(0, -1)),
  };
}
