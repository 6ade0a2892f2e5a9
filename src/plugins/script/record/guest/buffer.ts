/** As much of Node's Buffer as the portable part of `gateway/plugin` uses. */
export const Buffer = {
  from(text: string, encoding: 'utf8' | 'latin1' = 'utf8'): Uint8Array {
    const bytes =
      encoding === 'utf8'
        ? new TextEncoder().encode(text)
        : Uint8Array.from(text, (character) => character.charCodeAt(0))
    return Object.defineProperty(bytes, 'toString', { value: () => latin1(bytes) })
  },
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}
