import { dirname, join, relative, resolve } from "@std/path";
import { isWithin, realPathSoFar } from "../system/real_path.ts";
import { type GuardPlan, type GuardWish, tomlString } from "./guard.ts";
import { linkInfoAt, realPathAt } from "../files/exists.ts";

type Access = "read" | "write" | "none";

/** What Codex 0.169 keeps read-only at the top of every writable folder. */
const KEPT_BY_CODEX = [".git", ".agents", ".codex", ".aws"];

/**
 * Works out a Codex permission profile under which a worker may write what it could
 * write without one, except for what is protected.
 *
 * Seen with Codex 0.169 on Linux, where bubblewrap mounts what is protected:
 * - For a missing path Codex mounts an empty file. The first command that ends removes
 *   it while others still run, and then they can create the path. So something has to
 *   exist: a folder, which git does not see.
 * - What is protected can be moved away together with a folder above it, unless that
 *   folder is itself a mount: naming it as writable makes it one.
 * - A link that the worker could replace makes Codex refuse every command.
 * - Hiding a missing path makes commands fail at random, and hiding anything makes
 * each start slower by more than half. Without network access Codex lets nobody
 * connect to a socket, so sockets need only be kept from being moved.
 */
export async function planGuard(wish: GuardWish): Promise<GuardPlan> {
  const cwd = await realPathSoFar(wish.cwd);
  const places = await Promise.all(wish.places.map(realPathSoFar));
  const granted = await writable(wish, cwd, places);
  const access = new Map<string, Access>(
    granted.all.map((path) => [path, "write"]),
  );
  const plan: Omit<GuardPlan, "name" | "profile" | "mayWrite" | "leftovers"> = {
    read_only: [],
    hidden: [],
    needed: [],
    uncovered: [],
  };
  const folders = (await existing(wish.folders))
    .filter((folder) => mayWrite(access, folder));
  const wanted = [
    ...new Set([cwd, ...granted.roots, ...folders]),
  ].flatMap((root) => wish.paths.map((path) => ({ root, path })));
  for (
    const { root, path: name } of [
      ...wanted,
      ...wish.places.map((path) => ({ root: dirname(path), path })),
    ]
  ) {
    const path = resolve(root, name);
    const place = await locate(path, (folder) => mayWrite(access, folder));
    if (plan.read_only.includes(place.path)) continue;
    if (place.link !== null) {
      plan.uncovered.push({
        path,
        reason: `"${place.link}" is a link, which the worker could replace`,
      });
    } else if (
      !wish.isWorktree && isWithin(cwd, place.path) && mayWrite(access, cwd)
    ) {
      plan.uncovered.push({ path, reason: "the run's folder is inside it" });
    } else {
      plan.read_only.push(place.path);
      if (!mayWrite(access, place.path)) continue;
      // An existing path may have been made by another run, which will remove it.
      plan.needed.push(...place.missing, ...between(root, place.path));
    }
  }
  for (const path of plan.read_only) {
    if (mayWrite(access, path)) access.set(path, "read");
  }
  for (const path of wish.allowed) {
    const place = await locate(path, () => true);
    if (place.link !== null) {
      const reason = `"${place.link}" is a link, which leads elsewhere`;
      plan.uncovered.push({ path, reason });
    } else {
      access.set(place.path, "write");
      plan.needed.push(...place.missing, place.path);
    }
  }
  for (const path of new Set(wish.hidden)) {
    const place = await locate(path, () => false);
    if (place.missing.length > 0) continue;
    // Nothing can be mounted in a hidden folder.
    if (plan.hidden.some((folder) => isWithin(place.path, folder))) continue;
    plan.hidden.push(place.path);
    if (wish.sandbox === "workspace-write" && wish.grants.network) {
      access.set(place.path, "none");
    } else if (mayWrite(access, place.path)) access.set(place.path, "read");
  }
  pin(access);
  for (const [path, kind] of access) {
    if (!/[*?[\]]/.test(isWithin(path, cwd) ? relative(cwd, path) : path)) {
      continue;
    }
    const reason = "Codex does not accept *, ?, [ or ] in a path";
    if (kind !== "write") plan.uncovered.push({ path, reason });
    access.delete(path);
  }
  const isCovered = (path: string) =>
    !plan.uncovered.some((uncovered) => uncovered.path === path);
  return {
    ...plan,
    name: `agentctl-guard-${crypto.randomUUID()}`,
    read_only: plan.read_only.filter(isCovered),
    hidden: plan.hidden.filter(isCovered),
    needed: [...new Set(plan.needed)].sort(),
    leftovers: [...access]
      .filter(([, kind]) => kind === "write")
      .flatMap(([root]) => KEPT_BY_CODEX.map((name) => join(root, name))),
    profile: profileText(wish, cwd, access),
    mayWrite: (path) =>
      mayWrite(access, path) &&
      !granted.all.some((root) =>
        KEPT_BY_CODEX.some((name) => isWithin(path, join(root, name)))
      ),
  };
}

/** The folders that the worker may write, and those among them that the user has named. */
async function writable(
  { sandbox, grants, tmpdir, scratch }: GuardWish,
  cwd: string,
  places: string[],
): Promise<{ all: string[]; roots: string[] }> {
  if (sandbox === "read-only") return { all: [], roots: [] };
  const roots = (await existing(grants.writable_roots))
    // What is protected stays protected, whatever else the user lets workers write.
    .filter((root) => !places.some((place) => isWithin(root, place)));
  const all = [
    cwd,
    ...roots,
    ...await existing([
      ...scratch,
      ...grants.slash_tmp ? ["/tmp"] : [],
      ...grants.tmpdir && tmpdir !== null ? [tmpdir] : [],
    ]),
  ];
  return { all, roots };
}

/** Turns every folder that could be moved together with something that must stay in place into a mount. */
function pin(access: Map<string, Access>): void {
  for (const [path, kind] of [...access]) {
    if (kind === "write") continue;
    for (
      let folder = dirname(path);
      folder !== "/" && mayWrite(access, dirname(folder));
      folder = dirname(folder)
    ) {
      if (!access.has(folder)) access.set(folder, "write");
    }
  }
}

/** A path and the folders above it, as far as they are inside another. */
function between(root: string, path: string): string[] {
  const found: string[] = [];
  for (let at = path; isWithin(at, root) && at !== root; at = dirname(at)) {
    found.push(at);
  }
  return found;
}

/** The rule for a path is its own or that of the nearest folder above it. */
function mayWrite(access: Map<string, Access>, path: string): boolean {
  for (let folder = path;; folder = dirname(folder)) {
    const kind = access.get(folder);
    if (kind !== undefined) return kind === "write";
    if (folder === dirname(folder)) return false;
  }
}

interface Place {
  /** The path with links resolved, as far as it exists. */
  path: string;
  /** Its missing parts, from the top down. */
  missing: string[];
  /** The first link on the way that the worker could replace. */
  link: string | null;
}

/** Follows a path as the kernel does, and checks every link on the way. */
async function locate(
  path: string,
  mayWriteIn: (folder: string) => boolean,
): Promise<Place> {
  let at = "/";
  const rest = path.split("/").filter((name) => name !== "");
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = name === ".." ? dirname(at) : join(at, name);
    const info = await linkInfoAt(next);
    if (info === null) {
      const missing = [next];
      for (const below of rest) missing.push(join(missing.at(-1) ?? "", below));
      return { path: missing.at(-1) ?? next, missing, link: null };
    }
    if (!info.isSymlink) {
      at = next;
      continue;
    }
    if (mayWriteIn(at)) return { path, missing: [], link: next };
    const target = await realPathSoFar(next);
    if (target === next) return { path, missing: [], link: next };
    at = target;
  }
  return { path: at, missing: [], link: null };
}

function profileText(
  { sandbox, grants, tmpdir }: GuardWish,
  cwd: string,
  access: Map<string, Access>,
): string {
  const own: string[] = [];
  const others: string[] = [];
  for (const [path, kind] of [...access].sort(([a], [b]) => a < b ? -1 : 1)) {
    if (path === cwd) continue;
    // A placeholder for the run's folder, whose path may contain characters that Codex takes for patterns.
    const isOwn = isWithin(path, cwd);
    (isOwn ? own : others).push(
      `${tomlString(isOwn ? relative(cwd, path) : path)}="${kind}"`,
    );
  }
  const isWriting = sandbox === "workspace-write";
  const filesystem = [
    ...own.length === 0 ? [] : [`":workspace_roots"={${own.join(",")}}`],
    ...isWriting && !grants.slash_tmp && !mayWrite(access, "/tmp")
      ? ['":slash_tmp"="read"']
      : [],
    ...isWriting && !grants.tmpdir && !mayWrite(access, tmpdir ?? "/")
      ? ['":tmpdir"="read"']
      : [],
    ...others,
  ].join(",");
  const base = isWriting ? ":workspace" : ":read-only";
  return `{extends="${base}",filesystem={${filesystem}},network={enabled=${
    isWriting && grants.network
  }}}`;
}

/** The paths that exist, with links resolved. */
async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(realPathAt));
  return [...new Set(found.filter((path) => path !== null))];
}
