import { assert } from "@std/assert";
import { join } from "@std/path";
import type { Repository } from "../../src/git/git_call.ts";
import {
  adoptChanges,
  composeChanges,
  markStart,
} from "../../src/git/kept_changes.ts";
import { findRepository } from "../../src/git/repository.ts";
import { BESIDE_LIMITS, findSetAside } from "../../src/git/set_aside.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { addWorktree, checkOut } from "../../src/git/worktree.ts";
import {
  type TemporaryRepository,
  temporaryRepository,
} from "./temporary_repository.ts";

export const BRANCH = "agentctl/test";

/** A repository with a worktree that is ready for a worker. */
export interface WorktreeStage extends AsyncDisposable {
  repository: TemporaryRepository;
  /** The user's work tree. */
  home: Repository;
  path: string;
  /** The worktree as it is now. */
  worktree(): Promise<Repository>;
  /** Runs git in the worktree. */
  git(...args: string[]): Promise<string>;
  write(files: Record<string, string>): Promise<void>;
  /** Composes and adopts what is there; returns the commit. */
  keep(message?: string): Promise<string>;
}

/** Makes the worktree, lets `setUp` leave something in it, and marks the start. */
export async function worktreeStage(
  files: Record<string, string>,
  setUp: (stage: WorktreeStage) => Promise<void> = () => Promise.resolve(),
): Promise<WorktreeStage> {
  const repository = await temporaryRepository(files);
  const { env, scratch } = repository;
  const find = async (folder: string) => {
    const found = await findRepository(folder, env);
    assert(found);
    return found;
  };
  const home = await find(repository.root);
  assert(home.head);
  const path = join(repository.base, "worktrees", "test");
  await addWorktree(home, { path, branch: BRANCH }, home.head, env);
  await checkOut(await find(path), env);
  const stage: WorktreeStage = {
    repository,
    home,
    path,
    worktree: () => find(path),
    git: (...args) => repository.git(args, { cwd: path }),
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await Deno.mkdir(join(path, name, ".."), { recursive: true });
        await Deno.writeTextFile(join(path, name), text);
      }
    },
    async keep(message = "Kept\n") {
      const worktree = await find(path);
      const options = { branch: BRANCH, scratch, env, message };
      const kept = await composeChanges(worktree, options);
      await adoptChanges(worktree, kept, options);
      return kept.commit;
    },
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  };
  await setUp(stage);
  const worktree = await find(path);
  const aside = await findSetAside(worktree, { env, limits: BESIDE_LIMITS });
  const tree = await takeSnapshot(worktree, {
    scratch,
    env,
    keepObjects: true,
    aside,
  });
  await markStart(worktree, tree, env, aside);
  return stage;
}
