import { usageError } from "../system/errors.ts";

/** The name of a run: it sorts by time and is safe as a file name and in a shell. */
export type RunId = string & { readonly __brand: "RunId" };

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Whether a text can be the id of a run: letters, digits, `-` and `_`, so that it cannot leave `runs/`. */
export function isRunId(text: string): text is RunId {
  return ID.test(text);
}

/** Checks an id that a user gave. Throws a `usage` error that says what an id looks like. */
export function parseRunId(text: string): RunId {
  if (isRunId(text)) return text;
  const shown = JSON.stringify(
    text.length > 40 ? text.slice(0, 40) + "…" : text,
  );
  throw usageError(
    `Cannot use ${shown} as a run id: an id is 1 to 64 letters, digits, - and _, and begins with a letter or digit`,
  );
}

/** How many ids there are per millisecond: 1000 times as many fill the last four digits. */
const IDS_PER_MILLISECOND = 65;

/**
 * Makes an id, `YYYYMMDD-HHMMSS-xxxx` in UTC; the last four digits combine the
 * milliseconds with a random part, so that ids of the same second sort by time
 * too. Another run may already have it: creating the folder decides. With
 * `after`, it sorts after that one.
 */
export function makeRunId(now: Date, after?: RunId): RunId {
  const id = idAt(now);
  // Ids of a batch keep their order: the next one, or the first of the next millisecond.
  for (let ms = 1; after !== undefined && id <= after; ms++) {
    const later = idAt(new Date(now.getTime() + ms));
    if (later > after) return later;
  }
  return id;
}

function idAt(now: Date): RunId {
  const time = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(
    0,
    15,
  );
  const chance = Math.floor(Math.random() * IDS_PER_MILLISECOND);
  const fraction = now.getUTCMilliseconds() * IDS_PER_MILLISECOND + chance;
  return `${time}-${fraction.toString(16).padStart(4, "0")}` as RunId;
}

/** When an id was made, as 17 digits down to the millisecond; `null` for an id given by hand. */
export function timeOfRunId(id: RunId): string | null {
  const match = /^(\d{8})-(\d{6})-([0-9a-f]{4})$/.exec(id);
  if (!match) return null;
  const [, day = "", time = "", fraction = ""] = match;
  const milliseconds = Math.min(
    999,
    Math.floor(parseInt(fraction, 16) / IDS_PER_MILLISECOND),
  );
  return `${day}${time}${String(milliseconds).padStart(3, "0")}`;
}
