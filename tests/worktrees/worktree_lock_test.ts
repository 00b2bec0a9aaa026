import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  claimWorktree,
  claimWorktreeSoon,
  holdWorktree,
} from "../../src/worktrees/worktree_lock.ts";
import { delay } from "../../src/system/delay.ts";
import { until } from "../support/until.ts";

async function withFolder(
  action: (path: string) => Promise<void>,
): Promise<void> {
  const base = await Deno.makeTempDir();
  try {
    await action(join(base, "repository", "run"));
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

Deno.test("claimWorktree() gets nothing while runs hold the worktree, and leaves no file for one that is gone", async () => {
  await withFolder(async (path) => {
    const one = await holdWorktree(path);
    const two = await holdWorktree(path);
    assertEquals(await claimWorktree(path), null);
    one.release();
    assertEquals(await claimWorktree(path), null);
    two.release();
    const claim = await claimWorktree(path);
    assert(claim);
    assertEquals(await claimWorktree(path), null);
    claim[Symbol.dispose]();
    assertEquals(await Deno.lstat(join(path, "..")).catch(() => null), null);
  });
});

Deno.test("holdWorktree() waits for a claim, and holds the file that others see afterwards", async () => {
  await withFolder(async (path) => {
    for (let round = 0; round < 50; round++) {
      // A program that another test is starting may have the file for a moment, too.
      const claim = await until("it can be claimed", () => claimWorktree(path));
      const holds = [holdWorktree(path), holdWorktree(path)];
      await Promise.resolve();
      claim[Symbol.dispose]();
      const locks = await Promise.all(holds);
      assertEquals(await claimWorktree(path), null);
      locks.forEach((lock) => lock.release());
    }
  });
});

Deno.test("claimWorktreeSoon() waits for another command, but not for a run", async () => {
  await withFolder(async (path) => {
    const run = await holdWorktree(path);
    assertEquals(await claimWorktreeSoon(path), null);
    run.release();
    const other = await claimWorktree(path);
    assert(other);
    const waiting = claimWorktreeSoon(path);
    const early = await Promise.race([waiting, delay(200).then(() => "waits")]);
    assertEquals(early, "waits");
    other[Symbol.dispose]();
    (await waiting)?.[Symbol.dispose]();
    assert(await waiting);
  });
});
