import * as z from "zod/mini";
import { once } from "../system/once.ts";

/** A machine, as files name it: see `Host`. */
export const hostSchema = once(() =>
  z.object({
    name: z.string().check(
      z.regex(/^\P{Cc}{1,255}$/u, "is not the name of a machine"),
    ),
    boot: z.nullable(z.string()),
    machine: z.nullable(z.string()),
  })
);
