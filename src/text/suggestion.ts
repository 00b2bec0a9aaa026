import { closestString, levenshteinDistance } from "@std/text";

/**
 * The one of several words that a mistyped one probably meant; `null` if none is
 * close: to be offered something else is worse than to be offered nothing.
 */
export function suggestion(
  word: string,
  candidates: readonly string[],
): string | null {
  if (candidates.length === 0 || word === "") return null;
  const given = word.toLowerCase();
  const near = closestString(given, candidates);
  const begun = candidates.filter((candidate) => candidate.startsWith(given));
  const scrambled = candidates.find((candidate) =>
    lettersOf(candidate) === lettersOf(given)
  );
  const least = Math.min(given.length, near.length);
  const most = least < 6 ? 1 : least < 10 ? 2 : 3;
  const isNear = (least > 5 || given[0] === near[0]) &&
    levenshteinDistance(given, near) <= most;
  return scrambled ??
    (begun.length === 1 && given.length > 2 ? begun[0] : undefined) ??
    (isNear ? near : null);
}

/** `did you mean "x"`, or what else to say if nothing is close. */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  otherwise: string,
  mark = "",
): string {
  const near = suggestion(word, candidates);
  return near === null ? otherwise : `did you mean "${mark}${near}"`;
}

function lettersOf(word: string): string {
  return word.split("").sort().join("");
}
