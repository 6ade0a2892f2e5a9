/** Who holds how much under one key, as a record has it: `12-3401=2 15-3466=1`. */
export type Holds = Map<string, number>

export function parseHolds(text: string | undefined): Holds {
  const holds: Holds = new Map()
  if (!text) return holds
  for (const part of text.split(' ')) {
    const equals = part.indexOf('=')
    holds.set(part.slice(0, equals), Number(part.slice(equals + 1)))
  }
  return holds
}

/** Undefined where nobody holds anything: the record is then removed. */
export function formatHolds(holds: Holds): string | undefined {
  let text = ''
  for (const [holder, count] of holds) text += `${text && ' '}${holder}=${count}`
  return text === '' ? undefined : text
}

export function totalOf(holds: Holds): number {
  let total = 0
  for (const count of holds.values()) total += count
  return total
}

/** Takes away what the dead have left behind. */
export function prune(holds: Holds, isAlive: (holder: string) => boolean): void {
  for (const holder of holds.keys()) if (!isAlive(holder)) holds.delete(holder)
}

/** Adds to what one holder has; nobody has less than nothing. */
export function change(holds: Holds, holder: string, by: 1 | -1): void {
  const after = (holds.get(holder) ?? 0) + by
  if (after > 0) holds.set(holder, after)
  else holds.delete(holder)
}
