/** One part of a Set-Cookie field: the cookie itself, or what is said of it. */
export interface Attribute {
  name: string
  /** Undefined without an equals sign. */
  value: string | undefined
}

/** A Set-Cookie field taken apart, as nginx does: the cookie first. */
export function parseCookie(text: string): [Attribute, ...Attribute[]] {
  return text.split(';').map(parseAttribute) as [Attribute, ...Attribute[]]
}

function parseAttribute(text: string): Attribute {
  const equals = text.indexOf('=')
  if (equals < 0) return { name: trimSpaces(text), value: undefined }
  return { name: trimSpaces(text.slice(0, equals)), value: trimSpaces(text.slice(equals + 1)) }
}

function trimSpaces(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text[start] === ' ') start++
  while (end > start && text[end - 1] === ' ') end--
  return text.slice(start, end)
}

export function formatCookie(attributes: readonly Attribute[]): string {
  return attributes
    .map(({ name, value }) => (value === undefined ? name : `${name}=${value}`))
    .join('; ')
}
