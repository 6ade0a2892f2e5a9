/** The word that `wrong` was most likely meant to be; undefined when none is close. */
export function nearest(wrong: string, words: Iterable<string>): string | undefined {
  let best: string | undefined
  // A third of the letters may differ: more is another word.
  let least = Math.max(1, Math.floor(wrong.length / 3)) + 1
  for (const word of words) {
    if (Math.abs(word.length - wrong.length) >= least) continue
    const distance = editDistance(wrong, word)
    if (distance < least) {
      least = distance
      best = word
    }
  }
  return best
}

/** As a hint of an error. */
export function didYouMean(wrong: string, words: Iterable<string>): string | undefined {
  const word = nearest(wrong, words)
  return word === undefined ? undefined : `did you mean "${word}"?`
}

/** How many letters have to be inserted, removed, changed or swapped with their neighbour. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min(
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        (row[j - 1] as number) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] as number) + 1)
      }
      next.push(least)
    }
    before = row
    row = next
  }
  return row[b.length] as number
}
