import { columnsOf } from "../text/columns_of.ts";
import { cutStart } from "./draw_list.ts";
import type { Canvas } from "./draw_text.ts";
import { oneLine } from "../text/sanitize.ts";

/** What the top of a worker's pane shows. */
export interface TranscriptHeader {
  run_id: string;
  title?: string | null;
  profile?: string | null;
  model?: string | null;
  /** The worker's folder; files below it are shown relative to it. */
  cwd: string;
  /** The user's home folder, which is written as `~`. */
  home?: string | null;
  /** The version of Codex. */
  codex?: string | null;
}

/** The title, then who is working where, then the run id. */
export function drawHeader(canvas: Canvas, header: TranscriptHeader): string[] {
  const { style } = canvas;
  const room = canvas.width - 2;
  const words = [header.profile, header.model].filter(Boolean).join(" · ");
  const folderRoom = Math.max(
    16,
    words === "" ? room : room - columnsOf(oneLine(words)) - 3,
  );
  const folder = cutStart(
    oneLine(withTilde(header.cwd, header.home)),
    folderRoom,
  );
  const origin = [
    header.title ? header.run_id : "",
    header.codex ? `codex ${header.codex}` : "",
  ];
  const lines = [[words, folder], origin].map((parts) =>
    oneLine(parts.filter(Boolean).join(" · "), room)
  );
  return [
    `${style.accent("◆")} ${
      style.strong(oneLine(header.title || header.run_id, room))
    }`,
    ...lines.filter(Boolean).map((line) => `  ${style.dim(line)}`),
  ];
}

function withTilde(path: string, home: string | null | undefined): string {
  if (!home || home === "/") return path;
  return path === home || path.startsWith(`${home}/`)
    ? `~${path.slice(home.length)}`
    : path;
}
