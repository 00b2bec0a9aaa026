import { environmentError, EXIT_CODES, messageOf } from "../system/errors.ts";
import { INTERRUPTIONS } from "../system/interruption.ts";

/**
 * Gives `action` a folder of its own in `parent`, so that what it makes can
 * appear there as a whole, and removes it, even if Ctrl-C, `kill` or a closed
 * terminal ends the program.
 * Throws an `environment` error if nothing can be written there.
 */
export async function withStaging<T>(
  parent: string,
  action: (staging: string) => Promise<T>,
): Promise<T> {
  const staging = await makeStaging(parent);
  const onInterrupt = () => {
    Deno.removeSync(staging, { recursive: true });
    Deno.exit(EXIT_CODES.interrupted);
  };
  for (const name of INTERRUPTIONS) Deno.addSignalListener(name, onInterrupt);
  try {
    return await action(staging);
  } finally {
    for (const name of INTERRUPTIONS) {
      Deno.removeSignalListener(name, onInterrupt);
    }
    await Deno.remove(staging, { recursive: true });
  }
}

async function makeStaging(parent: string): Promise<string> {
  try {
    return await Deno.makeTempDir({ dir: parent, prefix: ".agentctl-" });
  } catch (error) {
    throw environmentError(
      `Cannot write into "${parent}": ${
        messageOf(error)
      }; choose another folder`,
      error,
    );
  }
}
