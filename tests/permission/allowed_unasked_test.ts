import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { parseConfig } from "../../src/workspace/config.ts";
import { makeSession } from "../claude/hook_session.ts";

/** A call for each kind of reason, with the entry that is about just this one. */
const ASKED: [kind: string, entry: string, call: string][] = [
  ["unsandboxed", "unsandboxed", "start --sandbox danger-full-access -p x"],
  ["network", "network:web", "start --profile web -p x"],
  ["writable", "writable:/var/lib", "start --profile wide -p x"],
  ["folder", "folder:/etc", "start --project /etc -p x"],
  ["check", "check", "start --verify 'make test' -p x"],
  ["workspace", "workspace:/etc", "list --workspace /etc"],
  ["file", "file:/etc/hostname", "start --prompt-file /etc/hostname"],
  ["command", "command:merge", "merge 20260102-030405-a1b2"],
];

Deno.test("what the user lists in ~/.ai-orch passes without a question, and nothing else does", async () => {
  for (const [kind, entry] of ASKED) {
    await using session = await makeSession({ allow_unasked: [entry] });
    for (const [other, , call] of ASKED) {
      const { decision } = await session.decide(`agentctl ${call}`);
      assertEquals(
        decision,
        other === kind ? "allow" : "ask",
        `${call} with ${entry}`,
      );
    }
  }
});

Deno.test("an entry without what it is about is for all of its kind, one with a folder for all in it", async () => {
  const decide = async (entry: string, call: string) => {
    await using session = await makeSession({ allow_unasked: [entry] });
    await Deno.mkdir(join(session.home, "src", "tax"), { recursive: true });
    await Deno.symlink("/etc", join(session.home, "src", "link"));
    const text = call.replace("~", session.home);
    return (await session.decide(`agentctl ${text}`)).decision;
  };
  const start = (folder: string) => `start --project ${folder} -p x`;
  assertEquals(await decide("folder", start("/etc")), "allow");
  assertEquals(await decide("network", "start --profile web -p x"), "allow");
  assertEquals(await decide("network:x", "start --profile web -p x"), "ask");
  assertEquals(await decide("folder:~/src", start("~/src")), "allow");
  assertEquals(await decide("folder:~/src", start("~/src/tax")), "allow");
  assertEquals(await decide("folder:~/src", start("~/src/link")), "ask");
  assertEquals(await decide("folder:~/src", start("~/shopping")), "ask");
  assertEquals(await decide("folder:~/sr", start("~/src")), "ask");
  assertEquals(await decide("command:merge", "clean"), "ask");
});

Deno.test("no entry lets pass what cannot be read", async () => {
  await using session = await makeSession({
    allow_unasked: ASKED.map(([, entry]) => entry),
  });
  for (
    const call of ["agentctl list; id", "agentctl start --nonsense -p x"]
  ) {
    assertEquals((await session.decide(call)).decision, "ask", call);
  }
});

Deno.test("allow_unasked counts in the home folder alone", async () => {
  await using session = await makeSession();
  const own = join(session.folder, ".ai-orch");
  await Deno.mkdir(join(own, "runs"), { recursive: true });
  await Deno.writeTextFile(
    join(own, "config.jsonc"),
    '{"allow_unasked": ["unsandboxed", "command:merge"]}',
  );
  for (const [, , call] of ASKED) {
    assertEquals(
      (await session.decide(`agentctl ${call}`)).decision,
      "ask",
      call,
    );
  }
});

Deno.test("parseConfig() refuses entries of allow_unasked that name nothing", () => {
  for (const entry of ["everything", "command", "folder:", "network web", ""]) {
    const text = JSON.stringify({ allow_unasked: [entry] });
    const error = assertThrows(() => parseConfig(text, "/x/config.jsonc"));
    assertStringIncludes(
      error instanceof Error ? error.message : "",
      'value of "allow_unasked.0" is wrong: must',
    );
  }
});
