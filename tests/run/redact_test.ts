import { assertEquals } from "@std/assert";
import { makeRedact, redactAll } from "../../src/run/redact.ts";

Deno.test("makeRedact() replaces the values of secrets by their names, and leaves words alone", () => {
  const redact = makeRedact({
    OPENAI_API_KEY: "sk-0123456789",
    LONG_TOKEN: "sk-0123456789-and-more",
    SSH_PASSWORD: "$& $1 .*+",
    SHORT_SECRET: "true",
    GIT_AUTHOR_NAME: "Ada Lovelace",
    HOME: "/home/somebody",
    EMPTY_KEY: "",
  });
  assertEquals(
    redact("key sk-0123456789, token sk-0123456789-and-more, $& $1 .*+"),
    "key [OPENAI_API_KEY], token [LONG_TOKEN], [SSH_PASSWORD]",
  );
  const text = "It is true that Ada Lovelace lives in /home/somebody";
  assertEquals(redact(text), text);
});

Deno.test("redactAll() goes into lists and objects, and keeps all that is no text", () => {
  const redact = makeRedact({ MY_TOKEN: "12345678" });
  assertEquals(
    redactAll(
      { a: ["12345678", 12345678, null], b: { c: "x12345678x" }, d: true },
      redact,
    ),
    { a: ["[MY_TOKEN]", 12345678, null], b: { c: "x[MY_TOKEN]x" }, d: true },
  );
});
