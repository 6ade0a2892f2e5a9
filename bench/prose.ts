const WORDS =
  `the of and a to in is that it was for on are as with his they at be this from have or by
one had not but what all were when we there can an your which their said if do will each about how up
out them then she many some so these would other into has more her two like him see time could no make
than first been its who now people my made over did down only way find use may water long little very
after words called just where most know get through back much before go good new write our used me man
too any day same right look think also around another came come work three word must because does part
even place well such here take why things help put years different away again off went old number great
tell men say small every found still between name should home big give air line set own under read last
never us left end along while might next sound below saw something thought both few those always looked
show large often together asked house world going want school important until form food keep children`
    .split(/\s+/)
    .filter((word) => word !== '')

/** Exactly so many bytes of text that compresses like English; the same on every run. */
export function prose(length: number): string {
  const random = generator(20_091)
  let text = ''
  while (text.length < length) {
    const count = 5 + Math.floor(random() * 14)
    // A cubed share picks early, frequent words most, as in any language.
    const words = Array.from(
      { length: count },
      () => WORDS[Math.floor(random() ** 3 * WORDS.length)],
    )
    const sentence = words.join(' ')
    text += `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${random() < 0.15 ? '.\n\n' : '. '}`
  }
  return text.slice(0, length)
}

/** A linear congruential generator of shares from 0 to 1. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
