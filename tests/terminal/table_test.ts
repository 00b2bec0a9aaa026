import { assert, assertEquals } from "@std/assert";
import { columnsOf } from "../../src/text/columns_of.ts";
import { makeStyle } from "../../src/terminal/style.ts";
import {
  renderTable,
  type TableCell,
  type TableColumn,
} from "../../src/terminal/table.ts";

const style = makeStyle({ color: false });
const columns: TableColumn[] = [
  { title: "id" },
  { title: "title", flexible: true, min: 6 },
  { title: "time", align: "right" },
];

Deno.test("renderTable() aligns columns and leaves no space at line ends", () => {
  const rows = [["a1", "short", "1s"], ["b22", "a longer title", "1m12s"], [
    "c",
    "",
    "",
  ]];
  assertEquals(
    renderTable({ columns, rows, width: 80, style }),
    [
      "id   title            time",
      "a1   short              1s",
      "b22  a longer title  1m12s",
      "c",
    ].join("\n"),
  );
});

Deno.test("renderTable() shrinks the flexible columns first", () => {
  const rows = [[
    "20251123-140502",
    "a title that is far too long for this",
    "1m12s",
  ]];
  const lines = renderTable({ columns, rows, width: 40, style }).split("\n");
  assertEquals(lines[1], "20251123-140502  a title that is…  1m12s");
  assert(lines.every((line) => columnsOf(line) <= 40));
});

Deno.test("renderTable() fits every width that has room for its gaps", () => {
  const rows = [["20251123-140502", "漢字の長いタイトル and more", "1m12s"], [
    "x",
    "y",
    "z",
  ]];
  for (let width = 7; width < 60; width++) {
    for (
      const line of renderTable({ columns, rows, width, style }).split("\n")
    ) {
      assert(columnsOf(line) <= width, `${width}: ${line}`);
      assertEquals(line, line.trimEnd());
    }
  }
});

Deno.test("renderTable() honours max, sanitizes cells and paints them", () => {
  const rows: TableCell[][] = [[{
    text: "a\x1b]0;t\x07\nbcdefgh",
    paint: (text) => `<${text}>`,
  }, "next"]];
  const table = renderTable({
    columns: [{ title: "x", max: 5 }, { title: "y" }],
    rows,
    width: 80,
    style,
  });
  assertEquals(table.split("\n")[1], "<a bc…>  next");
});

Deno.test("renderTable() draws its titles without rows and takes short rows", () => {
  assertEquals(
    renderTable({ columns, rows: [], width: 80, style }),
    "id  title  time",
  );
  assertEquals(
    renderTable({ columns, rows: [["a"]], width: 80, style }).split("\n")[1],
    "a",
  );
});

Deno.test("renderTable() aligns to the right inside a table", () => {
  const middle: TableColumn[] = [{ title: "a" }, {
    title: "count",
    align: "right",
  }, { title: "b" }];
  assertEquals(
    renderTable({
      columns: middle,
      rows: [["x", "7", "y"], ["x", "", "z"]],
      width: 80,
      style,
    }),
    ["a  count  b", "x      7  y", "x         z"].join("\n"),
  );
});
