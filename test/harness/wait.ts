/** Waits between two looks at something that cannot be awaited, such as a file or a process. */
const LOOK_EVERY = 10

/** Resolves with the first truthy answer of `look`; fails with `what` after `patience` ms. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  patience = 20_000,
): Promise<Exclude<T, undefined | false | null | 0 | ''>> {
  const deadline = Date.now() + patience
  for (;;) {
    const found = await look()
    if (found) return found as Exclude<T, undefined | false | null | 0 | ''>
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
  }
}
