import { assertEquals } from "@std/assert";
import { notePatches } from "../../src/transport/app_server/patches.ts";
import { readRequest } from "../../src/transport/app_server/questions.ts";

function started(changes: unknown[]) {
  const item = { type: "fileChange", id: "i", changes };
  return { method: "item/started", params: { item } };
}

const request = (params: unknown) => ({
  method: "item/fileChange/requestApproval",
  params: { itemId: "i", ...params as object },
});

Deno.test("a patch is to be approved with all places that it writes, and with its text", () => {
  const { hear, patchOf } = notePatches();
  hear(started([
    {
      path: "/p/notes.md",
      kind: { type: "update", move_path: "/home/me/.bashrc" },
      diff: "+evil",
    },
    { path: "/p/a", kind: { type: "add" }, diff: "+a" },
  ]));
  const read = readRequest(request({}), patchOf);
  const asked = "asked" in read ? read.asked : null;
  assertEquals(
    asked?.asks[0]?.question,
    "May it change /p/notes.md → /home/me/.bashrc, /p/a like this?",
  );
  assertEquals(asked?.command, "+evil\n+a");
});

Deno.test("what a person could not judge is refused without asking", () => {
  const { patchOf } = notePatches();
  const command = (params: object) => ({
    method: "item/commandExecution/requestApproval",
    params,
  });
  for (
    const unknown of [
      request({}),
      request({ grantRoot: "/" }),
      command({ command: null }),
      command({ command: "y", kind: "writeStdin" }),
    ]
  ) {
    assertEquals(readRequest(unknown, patchOf), {
      refusal: { decision: "decline" },
    });
  }
});
