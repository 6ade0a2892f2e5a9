import type { Format } from './formats.ts'

/** How large an image is, in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** What an image says of itself before its pixels. */
export interface Dimensions extends Size {
  /** Whether its colours are those of a palette. */
  readonly palette: boolean
  /** Bytes of application data (EXIF and its like). */
  readonly extra: number
}

/** Reads what an image says of itself; undefined where it does not say how large it is. */
export function dimensionsOf(image: Buffer, format: Format): Dimensions | undefined {
  const read = READERS[format](image)
  return read && read.width > 0 && read.height > 0 ? read : undefined
}

const READERS: Readonly<Record<Format, (image: Buffer) => Dimensions | undefined>> = {
  jpeg: readJpeg,
  gif: (image) => plain(image.readUInt16LE(6), image.readUInt16LE(8), 'palette'),
  png: readPng,
  webp: readWebp,
}

function plain(width: number, height: number, colours: 'palette' | 'true' = 'true'): Dimensions {
  return { width, height, palette: colours === 'palette', extra: 0 }
}

const PNG_PALETTE = 3

function readPng(image: Buffer): Dimensions | undefined {
  if (image.length < 26) return undefined
  const colours = image[25] === PNG_PALETTE ? 'palette' : 'true'
  return plain(image.readUInt32BE(16), image.readUInt32BE(20), colours)
}

function readWebp(image: Buffer): Dimensions | undefined {
  if (image.length < 30) return undefined
  switch (image.latin1Slice(12, 16)) {
    case 'VP8 ':
      return plain(image.readUInt16LE(26) & 0x3fff, image.readUInt16LE(28) & 0x3fff)
    case 'VP8L': {
      const bits = image.readUInt32LE(21)
      return plain((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1)
    }
    case 'VP8X':
      return plain(image.readUIntLE(24, 3) + 1, image.readUIntLE(27, 3) + 1)
    default:
      return undefined
  }
}

const START_OF_SCAN = 0xda
/** Segments that tell the size: C0 to CF but for tables (C4, C8, CC). */
const isFrame = (kind: number) => kind >= 0xc0 && kind <= 0xcf && (kind % 4 !== 0 || kind === 0xc0)
const isExtra = (kind: number) => kind >= 0xe1 && kind <= 0xef

function readJpeg(image: Buffer): Dimensions | undefined {
  let size: Size | undefined
  let extra = 0
  for (let at = 2; at + 9 <= image.length; ) {
    const kind = image[at + 1] as number
    if (image[at] !== 0xff || kind === 0xff) {
      at++
      continue
    }
    if (kind === START_OF_SCAN) break
    const length = image.readUInt16BE(at + 2)
    if (isFrame(kind))
      size ??= { height: image.readUInt16BE(at + 5), width: image.readUInt16BE(at + 7) }
    if (isExtra(kind)) extra += length
    at += 2 + length
  }
  return size && { ...size, palette: false, extra }
}
