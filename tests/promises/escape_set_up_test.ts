import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { noteWorkerFolders } from "../../src/system/worker_reach.ts";
import { callShell, finish, scriptByPrompt } from "../support/model_server.ts";
import { makeAttackStage } from "./attack_stage.ts";
import { OUT_OF_REACH, temporaryFolder } from "../support/temporary_folder.ts";

const CONNECT =
  `perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => "127.0.0.1:'$PORT'") or exit 1'`;
const CONNECT_SOCKET =
  `perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => $ENV{HOME} . "/.ssh/linked") or exit 1'`;

/** Says what it can do. */
const SET_UP = `exec 2>/dev/null
PORT=$(cat port)
echo "key \${OPENAI_API_KEY-none}"
echo x > "$HOME/by-set-up" && echo home
cat "$HOME/.npmrc" && echo file
echo x > "$HOME/.npm/own" && echo cache
${CONNECT} && echo network
${CONNECT_SOCKET} && echo socket
echo x > .claude/settings.json && echo settings
true
`;

Deno.test("a worktree in which a worker has written is set up again confined, without keys, or not at all", async () => {
  // Not in the temporary folder, where any worker may write.
  await using outOfReach = await temporaryFolder(OUT_OF_REACH);
  const dir = outOfReach.path;
  await using attacked = await makeAttackStage({ dir });
  const { stage, server } = attacked;
  const { home } = stage.scratch;
  for (const name of [".npm", ".ssh"]) await Deno.mkdir(join(home, name));
  await Deno.writeTextFile(join(home, ".npmrc"), "key\n");
  using _socket = Deno.listen({
    transport: "unix",
    path: join(home, ".ssh/bound"),
  });
  await Deno.link(join(home, ".ssh/bound"), join(home, ".ssh/linked"));
  using network = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { repository } = stage;
  const files = {
    "setup.sh": SET_UP,
    "port": `${(network.addr as Deno.NetAddr).port}\n`,
    ".claude/settings.json": "{}\n",
  };
  await Deno.mkdir(join(repository.dir, ".claude"));
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(repository.dir, name), text);
  }
  await repository.git("add", "--all");
  await repository.git("commit", "--quiet", "--message", "files");
  stage.env["OPENAI_API_KEY"] = "secret-key";
  const added = await stage.agentctl([
    ...["add-project", "shop", ".", "--worktree"],
    ...["--setup", "sh setup.sh"],
  ]);
  assertEquals(added.code, 0, added.stderr);
  server.setScript(scriptByPrompt(() => [
    callShell("echo 'echo changed' >> setup.sh"),
    finish({ goal_met: true, summary: "", followup_prompt: "", notes: "" }),
  ]));
  const logOf = (id: string) =>
    Deno.readTextFile(stage.runFile(id, "setup.log"));

  const id = await stage.start("Work", "--project", "shop");
  const { record } = await stage.wait(id);
  // The control: before any worker it runs as the user.
  assertEquals(
    await logOf(id),
    "key secret-key\nhome\nkey\nfile\ncache\nnetwork\nsocket\nsettings\n",
  );
  await Deno.remove(join(home, "by-set-up"));
  await Deno.remove(join(home, ".npm/own"));
  const again = async (parent: string) => {
    const worktree = record["worktree"] as { path: string };
    await Deno.remove(worktree.path, { recursive: true });
    const { stdout, stderr } = await stage.agentctl(
      ["resume", "--parent-run-id", parent],
      { stdin: "Go on" },
    );
    assertEquals(stderr, "");
    return await stage.wait(stdout.trim());
  };
  const second = String((await again(id)).record["run_id"]);
  assertEquals(
    await logOf(second),
    "key none\ncache\nnetwork\nchanged\n",
  );
  assertEquals(
    [...Deno.readDirSync(home)].map(({ name }) => name).includes("by-set-up"),
    false,
  );
  assertEquals([...Deno.readDirSync(join(home, ".npm"))], []);

  // What is copied beside the checkout may be a worker's, too.
  await noteWorkerFolders(stage.env, [{ folder: repository.dir, kept: [] }]);
  await Deno.writeTextFile(join(repository.dir, ".worktreeinclude"), "extra\n");
  await Deno.writeTextFile(join(repository.dir, "extra"), "");
  const other = await stage.start("Other work", "--project", "shop");
  await stage.wait(other);
  assertEquals(await logOf(other), "key none\ncache\nnetwork\n");
  await Deno.remove(join(repository.dir, ".worktreeinclude"));

  // Nothing can be kept out of its reach: then it does not run.
  await Deno.writeTextFile(
    join(stage.scratch.bin, "unshare"),
    "#!/bin/sh\nexit 1\n",
    { mode: 0o755 },
  );
  const third = await again(second);
  assertEquals(third.record["status"], "failed");
  assertStringIncludes(
    String(third.record["reason"]),
    'Cannot confine "sh setup.sh" with the network on',
  );
});
