import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import {
  changesOf,
  fastForward,
  mergeCommits,
  operationInProgress,
} from "../../src/git/merge.ts";
import { findRepository } from "../../src/git/repository.ts";
import {
  fingerprint,
  type TemporaryRepository,
  temporaryRepository,
} from "./temporary_repository.ts";

/** Commits files on a branch that begins at `main`, and returns the commit. */
async function commitOn(
  repository: TemporaryRepository,
  branch: string,
  files: Record<string, string>,
  message = branch,
): Promise<string> {
  await repository.git(["checkout", "--quiet", "-B", branch, "main"]);
  await repository.write(files);
  await repository.git(["add", "--all"]);
  await repository.git(["commit", "--quiet", "--message", message]);
  const commit = (await repository.git(["rev-parse", "HEAD"])).trim();
  await repository.git(["checkout", "--quiet", "main"]);
  return commit;
}

async function found(repository: TemporaryRepository) {
  const found = await findRepository(repository.root, repository.env);
  assert(found?.head);
  return { ...found, head: found.head };
}

Deno.test("mergeCommits() merges one after another in memory, and fastForward() brings it to the user's branch", async () => {
  await using repository = await temporaryRepository({ a: "1\n", b: "1\n" });
  const one = await commitOn(repository, "one", { a: "2\n" });
  const two = await commitOn(repository, "two", { b: "2\n" });
  const home = await found(repository);
  const options = { env: repository.env };
  const first = await mergeCommits(home, home.head, {
    commit: one,
    message: "x",
    squash: false,
  }, options);
  assertEquals(first, { state: "merged", commit: one });
  const second = await mergeCommits(home, one, {
    commit: two,
    message: "Merge two\n",
    squash: false,
  }, options);
  assert(second.state === "merged");
  assertEquals(
    await repository.git(["log", "-1", "--format=%P %s", second.commit]),
    `${one} ${two} Merge two\n`,
  );
  assertEquals(await repository.git(["rev-parse", "main"]), `${home.head}\n`);
  assertEquals(
    (await mergeCommits(home, second.commit, {
      commit: one,
      message: "x",
      squash: true,
    }, options)).state,
    "contained",
  );
  await fastForward(home, second.commit, repository.env);
  assertEquals(
    await repository.git(["rev-parse", "main"]),
    `${second.commit}\n`,
  );
  assertEquals(await repository.git(["status", "--porcelain"]), "");
  assertEquals(await Deno.readTextFile(join(repository.root, "b")), "2\n");
});

Deno.test("mergeCommits() with squash makes one commit without the source's history", async () => {
  await using repository = await temporaryRepository({ a: "1\n" });
  const one = await commitOn(repository, "one", { a: "2\n" });
  const home = await found(repository);
  const result = await mergeCommits(home, home.head, {
    commit: one,
    message: "All of it\n",
    squash: true,
  }, { env: repository.env });
  assert(result.state === "merged");
  assertEquals(
    await repository.git(["log", "-1", "--format=%P %s", result.commit]),
    `${home.head} All of it\n`,
  );
});

Deno.test("mergeCommits() and changesOf() name the files in conflict and who changed them; a preview leaves no trace", async () => {
  await using repository = await temporaryRepository({
    a: "1\n",
    "new\nline": "1\n",
  });
  const one = await commitOn(repository, "one", {
    a: "2\n",
    "new\nline": "2\n",
  }, "One\n\nAgentctl-Run: first");
  const two = await commitOn(repository, "two", {
    a: "3\n",
    "new\nline": "3\n",
    c: "",
  });
  const home = await found(repository);
  await Deno.mkdir(join(repository.scratch, "objects"));
  const before = await fingerprint(repository.root);
  const options = { env: repository.env, scratch: repository.scratch };
  const merged = await mergeCommits(home, home.head, {
    commit: one,
    message: "Squashed\n\nAgentctl-Run: first\n",
    squash: true,
  }, options);
  assert(merged.state === "merged");
  const result = await mergeCommits(home, merged.commit, {
    commit: two,
    message: "x",
    squash: false,
  }, options);
  assertEquals(result, { state: "conflict", files: ["a", "new\nline"] });
  assertEquals(
    await changesOf(home, "a", {
      into: merged.commit,
      source: two,
      trailer: "Agentctl-Run",
    }, options),
    [{ commit: merged.commit, subject: "Squashed", trailers: ["first"] }],
  );
  assertEquals(await fingerprint(repository.root), before);
});

Deno.test("fastForward() changes nothing where files of the user are in the way, and says which", async () => {
  await using repository = await temporaryRepository({
    a: "1\n",
    ".gitignore": "*.log\n",
  });
  const one = await commitOn(repository, "one", { a: "2\n", "new": "1\n" });
  await repository.git(["config", "merge.autoStash", "true"]);
  const home = await found(repository);
  const states: Record<string, string>[] = [{ a: "of the user\n" }, {
    new: "of the user\n",
  }];
  for (const files of states) {
    await repository.write(files);
    const before = await fingerprint(repository.root);
    const error = await assertRejects(
      () => fastForward(home, one, repository.env),
      Error,
    );
    assertStringIncludes(
      error.message,
      `would be overwritten by merge: ${Object.keys(files)}`,
    );
    // What git looked at and found unchanged may be noted in the index.
    const plain = (lines: string[]) =>
      lines.filter((line) => !/\.git\/(index|ORIG_HEAD) /.test(line));
    assertEquals(plain(await fingerprint(repository.root)), plain(before));
    await repository.git(["checkout", "--quiet", "a"]);
    await Deno.remove(join(repository.root, "new")).catch(() => {});
  }
  // An ignored file is as much the user's.
  await repository.git(["checkout", "--quiet", "-b", "logs", "main"]);
  await repository.write({ "x.log": "1\n" });
  await repository.git(["add", "--force", "x.log"]);
  await repository.git(["commit", "--quiet", "--message", "log"]);
  const log = (await repository.git(["rev-parse", "HEAD"])).trim();
  await repository.git(["checkout", "--quiet", "main"]);
  await repository.write({ "x.log": "mine\n" });
  await assertRejects(
    () => fastForward(home, log, repository.env),
    Error,
    "x.log",
  );
  assertEquals(
    await Deno.readTextFile(join(repository.root, "x.log")),
    "mine\n",
  );
});

Deno.test("operationInProgress() tells a merge and a rebase that are not done", async () => {
  await using repository = await temporaryRepository({ a: "1\n" });
  await commitOn(repository, "one", { a: "2\n" });
  await commitOn(repository, "two", { a: "3\n" });
  await repository.git(["merge", "--quiet", "one"]);
  assertEquals(await operationInProgress(await found(repository)), null);
  await repository.git(["merge", "two"]).catch(() => {});
  assertEquals(await operationInProgress(await found(repository)), "merge");
  await repository.git(["merge", "--abort"]);
  await repository.git(["checkout", "--quiet", "two"]);
  await repository.git(["rebase", "main"]).catch(() => {});
  assertEquals(await operationInProgress(await found(repository)), "rebase");
});
