import { assert, assertEquals } from "@std/assert";
import { basename, dirname, join } from "@std/path";
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

/** Watches report real paths, as those of macOS do: a simulation, not tried on a Mac. */
function reportRealPaths(): Disposable {
  const { watchFs } = Deno;
  const set = (value: unknown) =>
    Object.defineProperty(Deno, "watchFs", { value, configurable: true });
  set((paths: string[], options: { recursive: boolean }) => {
    const watcher = watchFs(paths, options);
    const events = watcher[Symbol.asyncIterator]();
    const real = (path: string) =>
      join(Deno.realPathSync(dirname(path)), basename(path));
    const next = async () => {
      const { value, done } = await events.next();
      return done
        ? { value, done }
        : { value: { ...value, paths: value.paths.map(real) }, done };
    };
    return {
      [Symbol.asyncIterator]: () => ({ next }),
      close: () => watcher.close(),
    };
  });
  return { [Symbol.dispose]: () => set(watchFs) };
}

Deno.test("watchFolders() knows a folder that the system reports by its real path", async () => {
  await using folder = await temporaryFolder();
  const [real, link] = [join(folder.path, "real"), join(folder.path, "link")];
  for (const name of ["a", "b"]) {
    await Deno.mkdir(join(real, name), { recursive: true });
  }
  await Deno.symlink(real, link);
  using _real = reportRealPaths();
  using watch = watchFolders([join(link, "a"), join(link, "b")], "meta.json");
  let changedB = false;
  watch.changed(join(link, "b")).then(() => changedB = true);
  const changed = watch.changed(join(link, "a"));
  await Deno.writeTextFile(join(link, "a", "meta.json"), "x");
  await within("the change is told", changed, { within: 4_000 });
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
