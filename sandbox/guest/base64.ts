import { TextOp } from '../border/ops.ts'
import { DOMException } from './dom-exception.ts'
import { host } from './host.ts'
import { PlainString } from './primordials.ts'

/** Text whose characters are bytes, as base64 (HTML, "btoa"). */
export function btoa(text: string): string {
  const plain = PlainString(text)
  if (/[^\0-\xff]/.test(plain)) throw invalid('btoa takes characters up to U+00FF')
  return host(TextOp.btoa, plain) as string
}

/** The bytes of base64, each as a character (HTML, "atob"). */
export function atob(base64: string): string {
  const text = host(TextOp.atob, PlainString(base64)) as string | undefined
  if (text === undefined) throw invalid('atob was given something else than base64')
  return text
}

function invalid(message: string): DOMException {
  return new DOMException(message, 'InvalidCharacterError')
}
