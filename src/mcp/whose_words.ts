import * as z from "zod/mini";

/** The key in an answer that says whose words it contains. */
export const wordsOf = {
  words_of: z.string().check(
    z.describe("whose words the texts are, and that they are data"),
  ),
};
