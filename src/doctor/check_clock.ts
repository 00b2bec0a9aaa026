import { join } from "@std/path";
import type { RunRecord } from "../run/record.ts";
import { formatDuration } from "../text/duration.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignore } from "../system/ignore.ts";

/** The clocks of machines that share a disk never agree exactly. */
const TOLERANCE_MS = 5_000;

const REMEDY =
  "correct the clock of this machine or of the disk's server; until then the order and the times of runs are wrong";

/** Checks that the clock agrees with the records and with the disk. */
export async function* checkClock(
  { open, runs, mayWrite }: Examination,
): AsyncGenerator<Finding> {
  const { workspace: { state }, missing } = await open();
  const latest = Date.now() + TOLERANCE_MS;
  const surveyed = missing ? [] : (await runs()).runs;
  const ahead = surveyed.find(({ record }) =>
    !("error" in record) && newestTime(record) > latest
  );
  if (ahead) {
    yield warning("clock", `Run "${ahead.id}" is from the future`, REMEDY);
  }
  const file = surveyed.flatMap(({ entries }) => entries)
    .find(({ modifiedAt }) => modifiedAt > latest);
  if (file) yield warning("clock", `"${file.path}" is from the future`, REMEDY);
  const skew = mayWrite && !missing ? await diskSkew(state) : 0;
  if (Math.abs(skew) > TOLERANCE_MS) {
    yield warning(
      "clock",
      `The clock of the disk at "${state}" is ${
        formatDuration(Math.abs(skew))
      } ${skew > 0 ? "ahead" : "behind"}`,
      REMEDY,
    );
  } else if (!ahead && !file) {
    yield ok("clock", "The clock agrees with what is on the disk");
  }
}

function newestTime(record: RunRecord): number {
  const times = [record.created_at];
  if ("started_at" in record && record.started_at) {
    times.push(record.started_at);
  }
  if ("ended_at" in record) times.push(record.ended_at);
  return Math.max(...times.map((time) => Date.parse(time)));
}

/** By how many milliseconds the disk's clock is ahead; a network disk uses its server's clock. */
async function diskSkew(folder: string): Promise<number> {
  const path = join(folder, `.doctor-${crypto.randomUUID().slice(0, 8)}.tmp`);
  try {
    const before = Date.now();
    await Deno.writeTextFile(path, "?", { createNew: true, mode: 0o600 });
    const written = (await Deno.stat(path)).mtime?.getTime();
    return written === undefined ? 0 : written - before;
  } catch (error) {
    ignore(error, "the check of permissions reports what cannot be written");
    return 0;
  } finally {
    await removeQuietly(path);
  }
}
