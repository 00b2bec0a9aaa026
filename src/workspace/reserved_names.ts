/** Words that name runs after an `@`, so no project may have them as its name. */
export const RESERVED_NAMES: readonly string[] = [
  ...["last", "running", "failed", "unread", "all"],
];
