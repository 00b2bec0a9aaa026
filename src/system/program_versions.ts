/** The first two numbers of a version. */
export type Version = readonly [major: number, minor: number];

/** From where to where agentctl is tried with a program; older versions do not do. */
export interface SupportedVersions {
  oldest: Version;
  newest: Version;
}

/** README and doctor say these, and the suite runs on the oldest and the newest that CI has. */
export const TMUX_VERSIONS: SupportedVersions = {
  oldest: [3, 2],
  newest: [3, 8],
};

export const GIT_VERSIONS: SupportedVersions = {
  oldest: [2, 30],
  newest: [2, 55],
};

/** The git that merges without a work tree (`git merge-tree --write-tree`); an older one can only fast-forward. */
export const MERGING_GIT: Version = [2, 38];

/** The version in what a program says of itself; `null` if that names none, as a development build does. */
export function versionIn(words: string): Version | null {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(words) ?? [];
  return major === undefined ? null : [Number(major), Number(minor)];
}

/** Whether one is older; a version that is not known counts as new. */
export function isOlder(version: Version | null, than: Version): boolean {
  if (version === null) return false;
  return (version[0] - than[0] || version[1] - than[1]) < 0;
}

/** As users write it, such as `3.2`. */
export function versionWords([major, minor]: Version): string {
  return `${major}.${minor}`;
}
