import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  noteWorkerFolders,
  workerReach,
} from "../../src/files/worker_reach.ts";

const NOTES = ".ai-orch/worker_folders.jsonl";

/** A home that is not in a folder that every worker may write. */
async function makeHome(): Promise<
  { home: string; env: Record<string, string> } & AsyncDisposable
> {
  const home = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "agentctl-" });
  return {
    home,
    env: { HOME: home, TMPDIR: "/var/tmp/not-there/" },
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

Deno.test("workerReach() covers the temporary folders from the first", async () => {
  await using at = await makeHome();
  const { covers } = await workerReach(at.env);
  assertEquals(
    ["/tmp", "/tmp/a/b", "/tmp-other", "/var/tmp/not-there/a", at.home, "/"]
      .map(covers),
    [true, true, false, true, false, false],
  );
});

Deno.test("workerReach() covers what noteWorkerFolders() noted, but not the git folder that was kept", async () => {
  await using at = await makeHome();
  const folder = join(at.home, "project");
  await noteWorkerFolders(at.env, [{ folder, kept: [join(folder, ".git")] }]);
  const { covers, version } = await workerReach(at.env);
  assertEquals(
    ["", "/a", "/sub/.git/config", "/.git/config", "/.gitconfig", "s"]
      .map((path) => covers(folder + path)),
    [true, true, true, false, true, false],
  );
  // A later worker was not kept from it.
  await noteWorkerFolders(at.env, [{ folder, kept: [] }]);
  const later = await workerReach(at.env);
  assert(later.covers(`${folder}/.git/config`));
  assert(later.version !== version);
});

Deno.test("noteWorkerFolders() notes a folder once, and none that is temporary anyway", async () => {
  await using at = await makeHome();
  const note = { folder: "/srv/a", kept: [] };
  for (let round = 0; round < 3; round++) {
    await noteWorkerFolders(at.env, [note, { folder: "/tmp/b", kept: [] }]);
  }
  const text = await Deno.readTextFile(join(at.home, NOTES));
  assertEquals(text, '\n{"folder":"/srv/a","kept":[]}\n');
});

Deno.test("workerReach() survives a note that was cut off", async () => {
  await using at = await makeHome();
  await noteWorkerFolders(at.env, [{ folder: "/srv/a", kept: [] }]);
  await Deno.writeTextFile(join(at.home, NOTES), '\n{"folder":"/srv/c', {
    append: true,
  });
  await noteWorkerFolders(at.env, [{ folder: "/srv/b", kept: [] }]);
  const { covers } = await workerReach(at.env);
  assertEquals(["/srv/a/x", "/srv/b", "/srv/c"].map(covers), [
    true,
    true,
    false,
  ]);
});

Deno.test("workerReach() covers everything where nothing can be told", async () => {
  await using at = await makeHome();
  assert((await workerReach({})).covers("/srv/a"));
  await Deno.mkdir(join(at.home, NOTES), { recursive: true });
  assert((await workerReach(at.env)).covers("/srv/a"));
});
