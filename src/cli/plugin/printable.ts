/** What is not seen, or moves the cursor, or turns the direction of what follows. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu

/** A text of somebody else as one line of a terminal: it cannot forge lines beside it. */
export function printable(text: string): string {
  return visible(text.replace(/\s+/g, ' '))
}

/** The same of a text that may have several lines. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (each) => {
    if (each === '\n' || each === '\t') return each
    return `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`
  })
}
