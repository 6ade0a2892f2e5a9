import { CryptoOp } from '../border/ops.ts'
import { bytesOf } from './bytes.ts'
import { DOMException } from './dom-exception.ts'
import { host } from './host.ts'
import { part } from './parts.ts'
import { isView } from './primordials.ts'

/** As the standard has it. */
const MOST_RANDOM = 65_536

/** `crypto`: everything in it is the host's. */
export const crypto = {
  getRandomValues<T extends ArrayBufferView>(array: T): T {
    if (!isView(array) || !isOfIntegers(array)) {
      throw new DOMException('random values are integers', 'TypeMismatchError')
    }
    if (array.byteLength > MOST_RANDOM) {
      throw new DOMException(`more than ${MOST_RANDOM} random bytes`, 'QuotaExceededError')
    }
    if (array.byteLength > 0) {
      bytesOf(array).set(host(CryptoOp.randomBytes, array.byteLength) as Uint8Array)
    }
    return array
  },
  randomUUID(): string {
    return host(CryptoOp.randomUuid) as string
  },
  get subtle() {
    return part('subtle').subtle
  },
}
Object.defineProperty(crypto, Symbol.toStringTag, { value: 'Crypto' })

const INTEGERS = /^(?:Big)?(?:Int|Uint)(?:8|16|32|64)(?:Clamped)?Array$/

function isOfIntegers(array: ArrayBufferView): boolean {
  return INTEGERS.test(Object.prototype.toString.call(array).slice(8, -1))
}
