/** What signals do to the stand-in while it works. */
export interface SignalTrap {
  /** Aborted by SIGINT or by the caller's signal. */
  signal: AbortSignal;
  /** Makes SIGINT, SIGTERM and SIGHUP do nothing from now on. */
  ignoreSignals: () => void;
  /** Restores the signals. */
  release: () => void;
}

/**
 * Codex ends with exit code 1 on SIGINT, but by the signal itself on SIGTERM and
 * SIGHUP, which therefore stay untrapped.
 */
export function trapSignals(outer?: AbortSignal): SignalTrap {
  const controller = new AbortController();
  let ignored = false;
  const interrupt = () => {
    if (!ignored) {
      controller.abort(new DOMException("Interrupted", "AbortError"));
    }
  };
  const nothing = () => {};
  const abortToo = () => controller.abort(outer?.reason);
  if (outer?.aborted) abortToo();
  outer?.addEventListener("abort", abortToo, { once: true });
  Deno.addSignalListener("SIGINT", interrupt);
  return {
    signal: controller.signal,
    ignoreSignals() {
      if (ignored) return;
      ignored = true;
      Deno.addSignalListener("SIGTERM", nothing);
      Deno.addSignalListener("SIGHUP", nothing);
    },
    release() {
      outer?.removeEventListener("abort", abortToo);
      Deno.removeSignalListener("SIGINT", interrupt);
      if (!ignored) return;
      Deno.removeSignalListener("SIGTERM", nothing);
      Deno.removeSignalListener("SIGHUP", nothing);
    },
  };
}
