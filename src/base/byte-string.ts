import { Buffer } from 'node:buffer'

/**
 * The UTF-8 bytes of a text as a string of one character a byte, which is how URIs, header values
 * and everything else of the wire stand in the gateway. ASCII comes back as it is.
 */
export function byteString(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return Buffer.from(text, 'utf8').toString('latin1')
  }
  return text
}
