import { ignoreUnlessAbsent } from "../system/ignore.ts";

/** Removes a file or folder as far as possible: what stays does no harm. Never throws. */
export async function removeQuietly(
  path: string,
  options?: Deno.RemoveOptions,
): Promise<void> {
  try {
    await Deno.remove(path, options);
  } catch (error) {
    ignoreUnlessAbsent(error, "what cannot be removed stays");
  }
}
