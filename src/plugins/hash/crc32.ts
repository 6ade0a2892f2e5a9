/** The reflected polynomial of CRC-32 (ISO 3309, zlib). */
const POLYNOMIAL = 0xedb88320
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc
})

/** What a CRC begins with, to be continued with `addToCrc` and ended with `endCrc`. */
export const CRC_START = -1

/** Goes on with the bytes of a byte string. */
export function addToCrc(crc: number, bytes: string): number {
  let after = crc
  for (let i = 0; i < bytes.length; i++) after = addByte(after, bytes.charCodeAt(i))
  return after
}

/** Goes on with the four bytes of a number, the lowest first. */
export function addNumberToCrc(crc: number, value: number): number {
  let after = crc
  for (let shift = 0; shift < 32; shift += 8) after = addByte(after, value >>> shift)
  return after
}

/** The finished CRC, from 0 to 2³² - 1. */
export function endCrc(crc: number): number {
  return ~crc >>> 0
}

/** The CRC-32 of a byte string. */
export function crc32(bytes: string): number {
  return endCrc(addToCrc(CRC_START, bytes))
}

function addByte(crc: number, byte: number): number {
  return (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)
}
