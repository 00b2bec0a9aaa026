import { stripControls } from "../../src/text/sanitize.ts";

const PALETTE = [
  ...["#2a2d34", "#e06c75", "#98c379", "#e5c07b"],
  ...["#61afef", "#c678dd", "#56b6c2", "#d7dae0"],
  ...["#7f848e", "#e06c75", "#98c379", "#e5c07b"],
  ...["#61afef", "#c678dd", "#56b6c2", "#ffffff"],
];
const BACKGROUND = "#16181d";
const FOREGROUND = "#d7dae0";
const CELL = { width: 8.43, height: 16 };

interface Style {
  color?: string;
  background?: string;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  reverse?: boolean;
}

/** A page that looks like the screen that `tmux capture-pane -e -p` has printed, and its size in pixels. */
export function screenPage(
  captured: string,
  columns: number,
): { html: string; width: number; height: number } {
  const lines = captured.split("\n");
  const width = Math.ceil(columns * CELL.width) + 24;
  const height = lines.length * CELL.height + 24;
  let style: Style = {};
  const body = lines.map((line) => {
    let html = "";
    for (const [index, piece] of line.split("\x1b").entries()) {
      // A change of colour, or of the set of characters, which says nothing here.
      const [control = "", codes] = index === 0
        ? []
        : /^\[([\d;:]*)m|^\(./.exec(piece) ?? [];
      if (codes !== undefined) {
        style = applyCodes(style, codes.split(/[;:]/).map(Number));
      }
      const text = stripControls(piece.slice(control.length));
      if (text !== "") {
        html += `<span style="${css(style)}">${cells(text)}</span>`;
      }
    }
    return `<div>${html}</div>`;
  });
  const html = `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 12px; background: ${BACKGROUND}; color: ${FOREGROUND};
  font: 14px "DejaVu Sans Mono", FreeMono, monospace; white-space: pre; overflow: hidden; }
div { height: ${CELL.height}px; line-height: ${CELL.height}px; }
span { display: inline-block; height: ${CELL.height}px; vertical-align: top; }
i { display: inline-block; width: ${CELL.width}px; font-style: inherit; text-align: center; }
</style>${body.join("")}`;
  return { html, width, height };
}

/** Every character in a cell of its own: fonts differ in width where one lacks a sign. */
function cells(text: string): string {
  const escaped = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  return [...text].map((character) =>
    `<i>${escaped[character as keyof typeof escaped] ?? character}</i>`
  ).join("");
}

function css(style: Style): string {
  const { color = FOREGROUND, background } = style;
  const [front, back] = style.reverse
    ? [background ?? BACKGROUND, color]
    : [color, background];
  return [
    `color:${front}`,
    back === undefined ? "" : `background:${back}`,
    style.bold ? "font-weight:bold" : "",
    style.dim ? "opacity:.6" : "",
    style.italic ? "font-style:italic" : "",
    style.underline ? "text-decoration:underline" : "",
  ].filter((rule) => rule !== "").join(";");
}

function applyCodes(before: Style, codes: number[]): Style {
  let style = { ...before };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) style = {};
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 7) style.reverse = true;
    else if (code === 22) style.bold = style.dim = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code === 27) style.reverse = false;
    else if (code === 39) delete style.color;
    else if (code === 49) delete style.background;
    else if (code === 38 || code === 48) {
      const isRgb = codes[at + 1] === 2;
      const value = isRgb
        ? `rgb(${codes.slice(at + 2, at + 5).join(",")})`
        : indexed(codes[at + 2] ?? 0);
      at += isRgb ? 4 : 2;
      style[code === 38 ? "color" : "background"] = value;
    } else if (code >= 30 && code <= 37) style.color = PALETTE[code - 30];
    else if (code >= 90 && code <= 97) style.color = PALETTE[code - 82];
    else if (code >= 40 && code <= 47) style.background = PALETTE[code - 40];
    else if (code >= 100 && code <= 107) style.background = PALETTE[code - 92];
  }
  return style;
}

/** One of the 256 colours of a terminal. */
function indexed(index: number): string {
  if (index < 16) return PALETTE[index] ?? FOREGROUND;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey},${grey},${grey})`;
  }
  const level = (step: number) => step === 0 ? 0 : 55 + 40 * step;
  const cube = index - 16;
  const parts = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return `rgb(${parts.map(level).join(",")})`;
}
