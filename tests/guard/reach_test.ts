import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { placesInReach, type SandboxReach } from "../../src/guard/reach.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("placesInReach() finds what a sandbox could write or replace", async () => {
  await using folder = await temporaryFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  const make = (...names: string[]) =>
    Deno.mkdir(at(...names), { recursive: true });
  await make("home", ".ai-orch", "worktrees", "shop", "run");
  await make("home", "src", "shop");
  await make("elsewhere", "codex");
  await Deno.symlink(at("home"), at("link"));
  await Deno.symlink(at("home"), at("elsewhere", "inner"));
  const state = at("home", ".ai-orch");
  /** Not there yet. */
  const claude = at("home", ".claude");
  const codex = at("elsewhere", "codex");
  const places = [state, claude, codex];

  const sandbox: SandboxReach = {
    mode: "workspace-write",
    folder: at("home", "src", "shop"),
    writableRoots: [],
    temporary: [],
  };
  const inHome = [state, claude];
  const cases: [string, Partial<SandboxReach>, string[]][] = [
    ["a project", {}, []],
    ["a folder that is missing", { folder: at("home", "src", "new") }, []],
    ["the home folder", { folder: at("home") }, inHome],
    ["the home folder, with a slash", { folder: `${at("home")}/` }, inHome],
    ["a way with dots", { folder: at("home", "src", "..") }, inHome],
    ["the root", { folder: "/" }, places],
    ["what holds the home folder", { folder: folder.path }, places],
    ["a link to the home folder", { folder: at("link") }, inHome],
    ["a folder beside a place", { folder: at("elsewhere") }, [codex]],
    ["the place itself", { folder: codex }, [codex]],
    ["the inside of a place", { folder: at("home", ".ai-orch", "x") }, [state]],
    [
      "a folder that is to become a place",
      { folder: at("home", ".claude", "skills") },
      [claude],
    ],
    [
      "the folder of worktrees",
      { folder: at("home", ".ai-orch", "worktrees") },
      [state],
    ],
    [
      "a worktree",
      { folder: at("home", ".ai-orch", "worktrees", "shop", "run") },
      [],
    ],
    [
      "what is not a worktree, by its name",
      { folder: at("home", ".ai-orch", "worktrees-2") },
      [state],
    ],
    ["a name that begins alike", { folder: at("home", ".ai-orch-2") }, []],
    ["a writable root", { writableRoots: [at("home")] }, inHome],
    ["a root by a link", { writableRoots: [at("elsewhere", "inner")] }, inHome],
    ["a home in /tmp", { temporary: [folder.path] }, places],
    ["no writing", { mode: "read-only", folder: "/" }, []],
    ["no sandbox", { mode: "danger-full-access", folder: "/" }, []],
  ];
  for (const [name, change, expected] of cases) {
    const reached = await placesInReach(
      { ...sandbox, ...change },
      places,
      [join(state, "worktrees")],
    );
    assertEquals(reached.map(({ place }) => place), expected, name);
  }
});

Deno.test("placesInReach() knows a folder by another name of the same one", async () => {
  await using folder = await temporaryFolder();
  const place = join(folder.path, "Home", ".ai-orch");
  await Deno.mkdir(place, { recursive: true });
  // As a file system does that does not tell upper from lower case.
  const stat = Deno.stat;
  const lower = (path: string | URL) =>
    stat(String(path).replace("/home", "/Home"));
  Deno.stat = lower;
  try {
    const reached = await placesInReach({
      mode: "workspace-write",
      folder: join(folder.path, "home"),
      writableRoots: [],
      temporary: [],
    }, [place]);
    assertEquals(reached.map(({ place }) => place), [place]);
  } finally {
    Deno.stat = stat;
  }
});
