import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { openDebugLog } from "../../src/files/debug_log.ts";
import { infoAt, linkInfoAtSync } from "../../src/files/exists.ts";
import { removeQuietly } from "../../src/files/remove_quietly.ts";
import { makeRedact } from "../../src/run/redact.ts";
import { hideSecrets } from "../../src/run/secrets.ts";
import {
  type DebugSink,
  debugStep,
  ignored,
  instead,
  insteadOfAbsent,
  setDebugSink,
} from "../../src/system/ignore.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** Does something while debugging goes to a sink. */
async function whileTold(
  sink: DebugSink,
  action: () => Promise<unknown>,
): Promise<void> {
  const before = setDebugSink(sink);
  try {
    await action();
  } finally {
    setDebugSink(before);
  }
}

Deno.test("openDebugLog() appends a line each with time, process, command and run, for the owner alone", async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, "debug.log");
  const redact = makeRedact({ API_TOKEN: "token-0123456789" });
  const sink = openDebugLog({
    target,
    command: "list",
    run: "20260102-030405-a1b2",
    redact: (text) => hideSecrets(redact(text)),
    silent: false,
  });
  sink.hide((text) => text.replaceAll("learnt-later", "[LATER]"));
  const quoted = () => JSON.parse('{"prompt": secret words}');
  await whileTold(sink, async () => {
    debugStep(() => "begins\n\x1b[31mred token-0123456789 learnt-later");
    await Promise.reject(new Deno.errors.NotFound("x".repeat(5_000)))
      .catch(ignored("it is gone"));
    assertEquals(
      await Promise.reject(new Error("ghp_0123456789abcdefghij is refused"))
        .catch(instead(7, "seven does as well")),
      7,
    );
    await Promise.resolve().then(quoted).catch(ignored("it is not JSON"));
  });
  const lines = (await Deno.readTextFile(target)).trimEnd().split("\n");
  const [begins = "", gone = "", refused, noJson] = lines.map((line) => {
    const [time = "", process, command, run, ...words] = line.split(" ");
    assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assertEquals(
      [process, command, run],
      [String(Deno.pid), "list", "20260102-030405-a1b2"],
    );
    return words.join(" ");
  });
  assertEquals(lines.length, 4);
  assertEquals(begins, "begins red [API_TOKEN] [LATER]");
  assertMatch(gone, /^ignored NotFound: x{900,1000}…$/);
  assertEquals(
    refused,
    "ignored Error: [secret] is refused (seven does as well)",
  );
  assertEquals(
    noJson,
    "ignored SyntaxError: Unexpected token 's' (it is not JSON)",
  );
  assertEquals((await Deno.stat(target)).mode! & 0o777, 0o600);
});

Deno.test("what is not there is an answer, and only other errors are told", async () => {
  await using folder = await temporaryFolder();
  const told: string[] = [];
  const sink: DebugSink = {
    ignored: (error, why) => told.push(`${(error as Error).name}: ${why}`),
    step: () => {},
    hide: () => {},
  };
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "");
  await whileTold(sink, async () => {
    for (const path of [join(folder.path, "none"), join(file, "inside")]) {
      assertEquals([await infoAt(path), linkInfoAtSync(path)], [null, null]);
      await removeQuietly(path);
      await Deno.readTextFile(path).catch(insteadOfAbsent("", "none"));
    }
    assertEquals(told, []);
    // Longer than any name may be.
    const long = join(folder.path, "x".repeat(300));
    assertEquals([await infoAt(long), linkInfoAtSync(long)], [null, null]);
    // A folder that is not empty.
    await removeQuietly(folder.path);
  });
  assertEquals(told, [
    "Error: what cannot be looked at counts as missing",
    "Error: what cannot be looked at counts as missing",
    "Error: what cannot be removed stays",
  ]);
});
