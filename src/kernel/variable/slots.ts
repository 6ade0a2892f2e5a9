const slots = new Map<string, number>()

/**
 * Where the value of `$name` stands in `x.values`. There is one numbering for the process, so
 * that requests of an older generation keep theirs while a newer one is compiled.
 */
export function slotOf(name: string): number {
  let slot = slots.get(name)
  if (slot === undefined) {
    slot = slots.size
    slots.set(name, slot)
  }
  return slot
}
