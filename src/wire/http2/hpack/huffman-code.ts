/** How many symbols there are: the bytes, and EOS, which no string may contain. */
const SYMBOLS = 257
export const EOS = 256

/**
 * Length of each symbol's code in bits (RFC 7541, appendix B), as runs: a length, then the symbols
 * that have it. The code is canonical, so nothing else need be known of it.
 */
const LENGTHS: readonly (readonly [length: number, symbols: string])[] = [
  [5, '30-32 61 63 65 69 6f 73 74'],
  [6, '20 25 2d-2f 33-39 3d 41 5f 62 64 66-68 6c-6e 70 72 75'],
  [7, '3a 42-57 59 6a 6b 71 76-7a'],
  [8, '26 2a 2c 3b 58 5a'],
  [10, '21 22 28 29 3f'],
  [11, '27 2b 7c'],
  [12, '23 3e'],
  [13, '00 24 40 5b 5d 7e'],
  [14, '5e 7d'],
  [15, '3c 60 7b'],
  [19, '5c c3 d0'],
  [20, '80 82 83 a2 b8 c2 e0 e2'],
  [21, '99 a1 a7 ac b0 b1 b3 d1 d8 d9 e3 e5 e6'],
  [22, '81 84-86 88 92 9a 9c a0 a3 a4 a9 aa ad b2 b5 b9-bb bd be c4 c6 e4 e8 e9'],
  [23, '01 87 89-8c 8d 8f 93 95-98 9b 9d 9e a5 a6 a8 ae af b4 b6 b7 bc bf c5 e7 ef'],
  [24, '09 8e 90 91 94 9f ab ce d7 e1 ec ed'],
  [25, 'c7 cf ea eb'],
  [26, 'c0 c1 c8-ca cd d2 d5 da db ee f0 f2 f3 ff'],
  [27, 'cb cc d3 d4 d6 dd-df f1 f4-f8 fa-fe'],
  [28, '02-08 0b 0c 0e-15 17-1f 7f dc f9'],
  [30, '0a 0d 16 100'],
]

/** Length of the code of each symbol, in bits. */
export const CODE_LENGTHS: Uint8Array = new Uint8Array(SYMBOLS)
/** Code of each symbol, its last bit lowest. */
export const CODES: Uint32Array = new Uint32Array(SYMBOLS)

let next = 0
let width = 0
for (const [length, symbols] of LENGTHS) {
  next <<= length - width
  width = length
  for (const symbol of symbols.split(' ').flatMap(range)) {
    CODE_LENGTHS[symbol] = length
    CODES[symbol] = next++
  }
}

function range(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map((hex) => Number.parseInt(hex, 16))
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
