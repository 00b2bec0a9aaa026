import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { gitPager } from "../../src/git/pager.ts";
import { noteWorkerFolders } from "../../src/system/worker_reach.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";

Deno.test("gitPager() takes no pager from a file that a worker could have written", async () => {
  const root = await Deno.realPath(
    await Deno.makeTempDir({ dir: OUT_OF_REACH, prefix: "agentctl-" }),
  );
  try {
    const env = {
      HOME: root,
      PATH: Deno.env.get("PATH") ?? "",
      GIT_CONFIG_NOSYSTEM: "1",
    };
    const dotfiles = join(root, "dotfiles");
    await Deno.mkdir(dotfiles);
    const text = "[core]\n\tpager = chosen\n";
    await Deno.writeTextFile(join(dotfiles, "gitconfig"), text);
    const config = join(root, ".gitconfig");
    await Deno.symlink(join(dotfiles, "gitconfig"), config);
    assertEquals(await gitPager(env), "chosen");

    await noteWorkerFolders(env, [{ folder: dotfiles, kept: [] }]);
    assertEquals(await gitPager(env), "less");
    assertEquals(await gitPager({ ...env, PAGER: "more" }), "more");
    // Nor from one that is included.
    await Deno.remove(config);
    await Deno.writeTextFile(
      config,
      "[core]\n\tpager = mine\n[include]\n\tpath = dotfiles/gitconfig\n",
    );
    assertEquals(await gitPager(env), "less");
    await Deno.writeTextFile(config, "[core]\n\tpager = mine\n");
    assertEquals(await gitPager(env), "mine");
    for (
      const pager of [
        "~/dotfiles/page",
        "$HOME/dotfiles/page -R | less",
        "make page",
      ]
    ) {
      await Deno.writeTextFile(config, `[core]\n\tpager = "${pager}"\n`);
      assertEquals(await gitPager(env), "less", pager);
      const named = await gitPager({ ...env, GIT_PAGER: pager });
      assertEquals(named === pager, pager.startsWith("make"), pager);
    }
    for (const pager of ["/usr/bin/less -FRX", "delta --dark | less -R"]) {
      await Deno.writeTextFile(config, `[core]\n\tpager = "${pager}"\n`);
      assertEquals(await gitPager(env), pager);
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
