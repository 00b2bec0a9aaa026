import { assert, assertEquals } from "@std/assert";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import {
  fingerprint,
  listTree,
  type TemporaryRepository,
} from "./temporary_repository.ts";

/** Takes a snapshot of the repository (or a folder of it) and asserts that nothing of the user's changed. */
export async function snapshot(
  repository: TemporaryRepository,
  folder = repository.root,
): Promise<string> {
  const before = await fingerprint(repository.root);
  const found = await findRepository(folder, repository.env);
  assert(found);
  const tree = await takeSnapshot(found, {
    scratch: repository.scratch,
    env: repository.env,
  });
  assertEquals(await fingerprint(repository.root), before);
  return tree;
}

/** The paths in such a snapshot. */
export async function snapshotPaths(
  repository: TemporaryRepository,
  folder?: string,
): Promise<string[]> {
  return Object.keys(
    await listTree(repository, await snapshot(repository, folder)),
  );
}
