/** How `echo` writes a value, so that it is no part of the page's own language. */
export type Encoding = 'none' | 'url' | 'entity'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** A byte string in this encoding. */
export function encoded(text: string, encoding: Encoding): string {
  switch (encoding) {
    case 'none':
      return text
    case 'url':
      return text.replace(/[\0-\x20"#%'\x7f-\xff]/g, escapeByte)
    case 'entity':
      return text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char)
  }
}

function escapeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

/** The encoding of a name; undefined for a name that is none. */
export function encodingOf(name: string): Encoding | undefined {
  return (['none', 'url', 'entity'] as const).find((each) => each === name)
}
