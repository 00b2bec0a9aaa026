import { assertEquals } from "@std/assert";
import { followFile } from "../../src/files/follow_file.ts";
import { within } from "../support/until.ts";

Deno.test("followFile() gives what was there, then what is appended, in order and once", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "a".repeat(200_000));
    let text = "";
    const arrived = Promise.withResolvers<void>();
    using file = followFile(path, (bytes) => {
      text += new TextDecoder().decode(bytes);
      if (text.endsWith("c")) arrived.resolve();
    });
    await file.read();
    assertEquals(text.length, 200_000);
    await Deno.writeTextFile(path, "b", { append: true });
    await Promise.all([file.read(), file.read()]);
    assertEquals(text.slice(200_000), "b");
    // Nobody asks: the system tells.
    await Deno.writeTextFile(path, "c", { append: true });
    await within("the new text is read", arrived.promise);
    assertEquals(text.slice(200_000), "bc");
  } finally {
    await Deno.remove(path);
  }
});
