import { assertEquals } from "@std/assert";
import { drawPatch } from "../../src/terminal/draw_patch.ts";
import { makeStyle } from "../../src/terminal/style.ts";

const PATCH = `diff --git a/x b/x
--- a/x
+++ b/x
@@ -1,2 +1,2 @@
 same
--- gone
++++ \x1b]0;owned\x07new\x1b[2J\r
diff --git a/image b/image
GIT binary patch
literal 3
Kcmb

diff --git a/y b/y
new file mode 100644
`;

Deno.test("drawPatch() colours lines by what they are, and lets no control through", () => {
  assertEquals(drawPatch(PATCH, makeStyle({ color: true })).split("\n"), [
    "\x1b[1mdiff --git a/x b/x\x1b[22m",
    "\x1b[1m--- a/x\x1b[22m",
    "\x1b[1m+++ b/x\x1b[22m",
    "\x1b[36m@@ -1,2 +1,2 @@\x1b[39m",
    " same",
    "\x1b[31m--- gone\x1b[39m",
    "\x1b[32m++++ new\x1b[39m",
    "\x1b[1mdiff --git a/image b/image\x1b[22m",
    "\x1b[2m(binary)\x1b[22m",
    "\x1b[1mdiff --git a/y b/y\x1b[22m",
    "\x1b[1mnew file mode 100644\x1b[22m",
  ]);
});
