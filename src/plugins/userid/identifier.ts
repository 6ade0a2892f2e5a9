import { Buffer } from 'node:buffer'
import { bytesOfIP, type Exchange, parseIP } from 'gateway/plugin'
import { NO_SERVICE } from './directives.ts'

/** 16 bytes: who issued it, when, by which process, and a number of its own. */
export type Identifier = Buffer

const SIZE = 16
const WORD = 4
/** Base64 of them without what means nothing. */
export const ENCODED = 22

const PID = process.pid & 0xffff
/** As in nginx: a part of the time of the start, and the process. */
const START = ((Number(process.hrtime.bigint() % 1_000_000n) / 20) << 16) | PID
const STEP = 0x100
const FIRST_V2 = 0x03030302
let nextV1 = 1
let nextV2 = FIRST_V2

/** An identifier nobody has. */
export function makeIdentifier(x: Exchange, version: 'on' | 'v1', service: number): Identifier {
  const made = Buffer.alloc(SIZE)
  const now = Math.floor(Date.now() / 1000)
  if (version === 'v1') {
    const words = [service === NO_SERVICE ? 0 : service, now, START >>> 0, nextV1]
    for (const [i, word] of words.entries()) made.writeUInt32LE(word >>> 0, i * WORD)
    nextV1 = (nextV1 + STEP) >>> 0
    return made
  }
  if (service === NO_SERVICE) made.set(lastBytes(x.client.localAddress))
  else made.writeUInt32BE(service)
  const words = [now, START >>> 0, nextV2]
  for (const [i, word] of words.entries()) made.writeUInt32BE(word >>> 0, (i + 1) * WORD)
  nextV2 = nextV2 + STEP > 0xffffffff ? FIRST_V2 : nextV2 + STEP
  return made
}

/** Four bytes of an address; none of a unix socket. */
function lastBytes(address: string): Uint8Array {
  const words = parseIP(address)
  return words ? Uint8Array.from(bytesOfIP(words).slice(-WORD)) : Buffer.alloc(WORD)
}

/** What the cookie of a client holds; undefined where that is none. */
export function readIdentifier(cookie: string): Identifier | undefined {
  const text = cookie.slice(0, ENCODED)
  if (text.length < ENCODED || !/^[A-Za-z0-9+/]+$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.readUInt32LE(SIZE - WORD) === 0 ? undefined : bytes
}

/** As nginx prints it: four numbers of this machine’s order. */
export function printIdentifier(identifier: Identifier): string {
  const words = [0, 1, 2, 3].map((i) => identifier.readUInt32LE(i * WORD))
  return words.map((word) => word.toString(16).toUpperCase().padStart(8, '0')).join('')
}
