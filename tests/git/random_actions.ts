import { assert } from "@std/assert";
import { dirname, join } from "@std/path";
import type { TemporaryRepository } from "./temporary_repository.ts";

const PATHS = [
  "a",
  "b.txt",
  "part/a",
  "part/b c",
  "part/deep/x",
  "part/deep/ü",
  "part-2/a",
  "new\nline",
  'quo"te',
  "tab\t",
  "-dash",
  "#hash",
  "noise.log",
  "part/noise.log",
  "build/out",
  "part/build/out",
];

export interface Dice {
  /** A whole number from 0 to `sides - 1`. */
  roll(sides: number): number;
  pick<T>(items: readonly T[]): T;
}

/** The generator mulberry32. */
export function dice(seed: number): Dice {
  let state = seed;
  const roll = (sides: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
  return {
    roll,
    pick<T>(items: readonly T[]): T {
      const item = items[roll(items.length)];
      assert(item !== undefined);
      return item;
    },
  };
}

function content({ roll }: Dice): Uint8Array {
  if (roll(5) === 0) {
    return Uint8Array.from({ length: roll(600) }, () => roll(256));
  }
  const lines = Array.from(
    { length: roll(30) },
    () => `line ${roll(12)}${roll(9) === 0 ? "\r" : ""}\n`,
  );
  return new TextEncoder().encode(
    lines.join("") + (roll(4) === 0 ? "no line break at the end" : ""),
  );
}

/** A history of some commits on several branches, with merges, renames, tags and stashes; what git refuses is no matter. */
export async function makeHistory(
  repository: TemporaryRepository,
  chance: Dice,
): Promise<void> {
  const { pick, roll } = chance;
  const { root } = repository;
  const git = (...args: string[]) => repository.git(args).catch(() => "");
  const branches = ["main", "one", "two", "topic/three"];
  for (let commits = roll(12); commits > 0; commits--) {
    if (roll(3) === 0) await git("checkout", "--quiet", "-B", pick(branches));
    if (roll(4) === 0) await git("checkout", "--quiet", pick(branches));
    for (let files = 1 + roll(3); files > 0; files--) {
      const path = join(root, pick(PATHS));
      await clear(path);
      await Deno.writeFile(path, content(chance));
    }
    if (roll(3) === 0) await git("mv", "-f", "-k", pick(PATHS), pick(PATHS));
    if (roll(5) === 0) await git("rm", "-r", "--quiet", "-f", pick(PATHS));
    await git("add", "--all");
    if (roll(6) === 0) await git("stash", ...pick([[], ["--keep-index"]]));
    await git("commit", "--quiet", "--message", `history ${roll(99)}`);
    if (roll(4) === 0) {
      await git("merge", "--quiet", ...pick([[], ["--no-ff"]]), pick(branches));
      // A conflict is resolved as it stands.
      await git("commit", "--quiet", "--all", "--no-edit");
    }
    if (roll(8) === 0) await git("merge", "--quiet", "one", "two");
    if (roll(8) === 0) await git("tag", `v${roll(9)}`);
    if (roll(12) === 0) await git("pack-refs", "--all");
  }
  if (roll(2) === 0) await git("checkout", "--quiet", pick(branches));
}

/** Makes the path free for a file. */
export async function clear(path: string): Promise<void> {
  const parent = await Deno.lstat(dirname(path)).catch(() => null);
  if (parent && !parent.isDirectory) await Deno.remove(dirname(path));
  await Deno.mkdir(dirname(path), { recursive: true }).catch(() => {});
  await Deno.remove(path, { recursive: true }).catch(() => {});
}

/** One thing that a person or a worker may do; what git refuses is no matter. */
export async function act(
  repository: TemporaryRepository,
  root: string,
  chance: Dice,
): Promise<void> {
  const { pick, roll } = chance;
  const name = pick(PATHS);
  const path = join(root, name);
  const git = (...args: string[]) =>
    repository.git(args, { cwd: root }).catch(() => "");
  const actions: (() => Promise<unknown>)[] = [
    async () => {
      await clear(path);
      await Deno.writeFile(path, content(chance));
    },
    async () => {
      await clear(path);
      await Deno.writeFile(path, content(chance));
    },
    async () => {
      const text = new TextEncoder().encode(`appended ${roll(99)}\n`);
      await Deno.writeFile(path, text, { append: true, create: false }).catch(
        () => {},
      );
    },
    () => Deno.remove(path, { recursive: true }).catch(() => {}),
    () => Deno.chmod(path, pick([0o644, 0o755])).catch(() => {}),
    async () => {
      const target = join(root, pick(PATHS));
      if (
        target === path || await Deno.lstat(path).catch(() => null) === null
      ) return;
      if (target.startsWith(`${path}/`) || path.startsWith(`${target}/`)) {
        return;
      }
      await clear(target);
      await Deno.rename(path, target).catch(() => {});
    },
    async () => {
      await clear(path);
      await Deno.symlink(pick(["a", "part", "nowhere", "../outside"]), path);
    },
    async () => {
      await clear(path);
      await Deno.mkdir(path, { recursive: true });
      await Deno.writeFile(join(path, "inside"), content(chance));
    },
    () => git("add", "--all", "--", pick([".", "part", "a"])),
    () => git("add", "--force", "--", name),
    () => git("add", "--intent-to-add", "--", name),
    () => git("rm", "--cached", "--quiet", "-r", "--", name),
    () =>
      git(
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        `commit ${roll(99)}`,
      ),
    () =>
      git("commit", "--quiet", "--all", "--message", `commit all ${roll(99)}`),
    () => git("stash", ...pick([[], ["--include-untracked"]])),
    () => git("stash", "pop"),
    () => git("checkout", "--quiet", "-B", pick(["main", "one", "two"])),
    () => git("checkout", "--quiet", pick(["main", "one", "two", "HEAD~1"])),
    () => git("merge", "--quiet", pick(["main", "one", "two"])),
    () => git("mv", "-f", "--", name, pick(PATHS)),
    () => git("cherry-pick", pick(["main", "one", "two"])),
    () => git("cherry-pick", "--abort"),
    () => git("rebase", "--quiet", pick(["main", "one", "two"])),
    () => git("rebase", "--abort"),
    () =>
      git(
        "reset",
        "--quiet",
        pick(["--soft", "--mixed", "--hard"]),
        pick(["HEAD", "HEAD~1"]),
      ),
    () =>
      git(
        "update-index",
        pick(["--assume-unchanged", "--no-assume-unchanged"]),
        "--",
        name,
      ),
    () => git("update-index", pick(["--split-index", "--no-split-index"])),
    () => git("gc", "--quiet"),
  ];
  await pick(actions)();
}
