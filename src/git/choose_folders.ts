/** A file that counts towards a limit. */
export interface Weighed {
  path: string;
  bytes: number;
}

interface Folder {
  path: string;
  weight: number;
  folders: Map<string, Folder>;
}

/**
 * Chooses the folders without whose files the rest stays within a limit: each time
 * the one in which most of the excess is, as deep as that can be said. The top level
 * is the empty path.
 */
export function chooseFolders(
  files: readonly Weighed[],
  weigh: (file: Weighed) => number,
  limit: number,
): string[] {
  const top = makeFolder("");
  if (files.reduce((sum, file) => sum + weigh(file), 0) <= limit) return [];
  for (const file of files) add(top, file.path, weigh(file));
  const chosen: string[] = [];
  while (top.weight > limit) {
    const way = heaviest(top);
    const last = way.at(-1);
    if (last === undefined || last === top) return [...chosen, ""];
    const { weight } = last;
    way.forEach((folder) => folder.weight -= weight);
    last.folders.clear();
    chosen.push(last.path);
  }
  return chosen;
}

/** From a folder down, as long as one of the folders in it holds at least half of its weight. */
function heaviest(top: Folder): Folder[] {
  const way = [top];
  for (let folder: Folder | undefined = top; folder !== undefined;) {
    const { weight, folders }: Folder = folder;
    folder = [...folders.values()].find((inner) =>
      inner.weight > 0 && inner.weight * 2 >= weight
    );
    if (folder !== undefined) way.push(folder);
  }
  return way;
}

function add(top: Folder, path: string, weight: number): void {
  let folder = top;
  folder.weight += weight;
  for (const name of path.split("/").slice(0, -1)) {
    const path = folder.path === "" ? name : `${folder.path}/${name}`;
    const inner = folder.folders.get(name) ?? makeFolder(path);
    folder.folders.set(name, inner);
    inner.weight += weight;
    folder = inner;
  }
}

function makeFolder(path: string): Folder {
  return { path, weight: 0, folders: new Map() };
}
