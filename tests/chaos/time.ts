/** A moment of chance: a fault may come at any time, so nothing is waited for. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
