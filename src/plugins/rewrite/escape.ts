/** nginx's set for arguments: what a captured text must not bring into them. */
const UNSAFE_IN_ARGS = /[\0-\x20"#%&+;<>?\\^`{|}\x7f-\xff]/g

const unsafeInArgs = Uint8Array.from({ length: 256 }, (_, byte) =>
  escapeArgs(String.fromCharCode(byte)).length > 1 ? 1 : 0,
)

/** Whether `escapeArgs` would change a byte string: told sooner than by the expression. */
export function isUnsafeInArgs(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (unsafeInArgs[text.charCodeAt(i)] === 1) return true
  return false
}

/** Escapes a byte string so that it can stand in arguments. */
export function escapeArgs(text: string): string {
  return text.replace(
    UNSAFE_IN_ARGS,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/**
 * Takes the escapes back that a redirect's path does not need: as nginx does, of printable bytes
 * from `&` on, up to the first question mark. A `%` that begins no escape is dropped.
 */
export function unescapeRedirect(text: string): string {
  let out = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (char === '?') return out + text.slice(at)
    if (char !== '%') {
      out += char
      continue
    }
    const [, digits] = /^([0-9A-Fa-f]{0,2})/.exec(text.slice(at + 1, at + 3)) as RegExpExecArray
    if (digits?.length !== 2) {
      // Not an escape: of `%zz` nginx keeps what follows, of `%4z` nothing.
      at += digits?.length === 1 ? 2 : 0
      continue
    }
    const byte = Number.parseInt(digits, 16)
    at += 2
    const plain = byte > PERCENT && byte < DELETE
    out += plain ? String.fromCharCode(byte) : `%${digits}`
    if (byte === QUESTION && /[A-Fa-f]/.test(digits[1] ?? '')) return out + text.slice(at + 1)
  }
  return out
}

const PERCENT = 37
const QUESTION = 63
const DELETE = 127
