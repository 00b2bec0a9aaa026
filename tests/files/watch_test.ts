import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { watchFolders } from "../../src/files/watch.ts";
import { runSource, sourceUrl } from "../system/source_process.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { within } from "../support/until.ts";

Deno.test("watchFolders() tells of each change of the named file in a folder and of nothing else", async () => {
  await using folder = await temporaryFolder();
  const [a, b] = [join(folder.path, "a"), join(folder.path, "b")];
  for (const path of [a, b]) await Deno.mkdir(path);
  using watch = watchFolders([a, b], "meta.json");
  let changedB = false;
  watch.changed(b).then(() => changedB = true);
  for (let i = 0; i < 3; i++) {
    const changed = watch.changed(a);
    await Deno.writeTextFile(join(b, "events"), "x");
    await Deno.writeTextFile(join(a, "events"), "x");
    await Deno.writeTextFile(join(a, "new"), "x");
    await Deno.rename(join(a, "new"), join(a, "meta.json"));
    await within("the change is told", changed, { within: 4_000 });
  }
  assert(!changedB);
});

Deno.test("watchFolders() says that it is time to look where nothing can be watched", async () => {
  await using folder = await temporaryFolder();
  const missing = join(folder.path, "missing");
  using watch = watchFolders([missing], "meta.json");
  await within("a look is asked for", watch.changed(missing));
});

Deno.test("a named pipe in a watched folder holds up neither the end of the watch nor that of the program", async () => {
  await using folder = await temporaryFolder();
  const pipe = join(folder.path, "pipe");
  const program = runSource(`
    import { watchFolders } from ${sourceUrl("src/files/watch.ts")};
    {
      using watch = watchFolders([${JSON.stringify(folder.path)}]);
      await new Deno.Command("mkfifo", { args: [${
    JSON.stringify(pipe)
  }] }).output();
      await Promise.race([watch.changed(), new Promise((resolve) => setTimeout(resolve, 500))]);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    console.log("ended");
    Deno.exit();
  `);
  try {
    assertEquals(await within("the program ends", program), "ended\n");
  } finally {
    // Lets go of whoever waits at the pipe.
    using _open = await Deno.open(pipe, { read: true, write: true });
    await program.catch(() => {});
  }
});
