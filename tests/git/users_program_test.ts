import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { isUsersProgram } from "../../src/git/users_program.ts";
import { isWithin } from "../../src/files/real_path.ts";

/** A work tree with a few files, in a place that is otherwise out of reach; `/srv/reached` is not. */
async function judge(commands: string[]): Promise<Record<string, boolean>> {
  const root = await Deno.makeTempDir({ dir: "/var/tmp" });
  try {
    for (const name of ["clean", "tool.cfg", "nbstripout.py"]) {
      await Deno.writeTextFile(join(root, name), "");
    }
    await Deno.symlink(join(root, "clean"), join(root, "..", "agentctl-link"));
    const reach = {
      covers: (path: string) => isWithin(path, "/srv/reached"),
      version: "",
    };
    const place = { root, home: "/home/user", reach };
    const judged: Record<string, boolean> = {};
    for (const command of commands) {
      const text = command.replaceAll("ROOT", root);
      judged[command] = await isUsersProgram(text, place);
    }
    return judged;
  } finally {
    await Deno.remove("/var/tmp/agentctl-link").catch(() => {});
    await Deno.remove(root, { recursive: true });
  }
}

function all(commands: string[], value: boolean): Record<string, boolean> {
  return Object.fromEntries(commands.map((command) => [command, value]));
}

Deno.test("isUsersProgram() lets programs of the system and of the user's own folders run", async () => {
  const commands = [
    "git-lfs clean -- %f",
    "git-lfs filter-process",
    '"git-crypt" clean',
    "'git-crypt' smudge --key-name=team",
    "tr a-z A-Z",
    "cat",
    // On PATH, whatever the folder holds.
    "clean.sh",
    "sed -e 's/\\$Date[^$]*\\$/\\$Date\\$/' -e s/a/b/g",
    "indent -kr %f | expand",
    "/usr/local/bin/strip --all=%f",
    "~/bin/strip.sh %f",
    '"$HOME/my tools/strip" %f',
    "python3 ~/bin/strip.py",
    "python3 -I -m json.tool",
    "openssl enc -aes-256-cbc -pass env:SECRET",
    "mergetool-of-mine %O %A %B -L %P",
    "jq --indent 1 '.metadata = {}'",
  ];
  assertEquals(await judge(commands), all(commands, true));
});

Deno.test("isUsersProgram() refuses what runs files that a worker could have written", async () => {
  const commands = [
    "./clean",
    "sh clean.sh",
    "sh clean",
    "python3 clean",
    "sh ./not/there",
    "ROOT/clean %f",
    '"ROOT/.venv/bin/python" -m nbstripout',
    "/srv/reached/other/strip",
    "~/../../srv/reached/strip",
    "/var/tmp/agentctl-link",
    "cat | /srv/reached/x",
    "cat; sh -c 'sh clean'",
    'sh -c "cat && ./clean"',
    "env FOO=bar ./clean",
    "FOO=bar ./clean",
    "FOO=bar sh clean",
    "sed -f clean",
    "sed -fclean",
    "tool --config=tool.cfg",
    "python3 -m nbstripout",
    "python -c 'import x'",
    "env python3.12 -u -m x",
    "python3",
    "npx prettier",
    "exec npm exec prettier",
    "make -s clean",
    '"$(git rev-parse --show-toplevel)/tools/x"',
    "`pwd`/x",
    "$PWD/x",
    "${PWD}/x",
    "node ../x.mjs",
  ];
  // The last one leads out of the work tree, to where nobody writes.
  assertEquals(await judge(commands), {
    ...all(commands, false),
    "node ../x.mjs": true,
  });
});
