import type { Sharp, SharpConstructor } from 'sharp'
import type { Dimensions } from './dimensions.ts'
import type { Format } from './formats.ts'
import type { Layout } from './layout.ts'

/** An image of more pixels is refused before anything of it is unpacked. */
export const MOST_PIXELS = 50_000_000
/** Working on an image that takes longer, in seconds, is given up. */
const LONGEST = 20

/** How the image that is made is written. */
export interface Output {
  readonly jpegQuality: number
  readonly webpQuality: number
  /** In percent; 0 for none. */
  readonly sharpen: number
  readonly interlace: boolean
  /** Whether the transparent colour of a palette stays. */
  readonly transparency: boolean
}

/** An image that was read. */
export interface Source {
  readonly bytes: Buffer
  readonly format: Format
  readonly dimensions: Dimensions
}

let library: Promise<SharpConstructor> | undefined

/** The library, which only those need that change images. */
export function loadLibrary(): Promise<SharpConstructor> {
  library ??= import('sharp').then(({ default: sharp }) => {
    // Images that pass once are not worth keeping, and there are other workers for other processors.
    sharp.cache(false)
    sharp.concurrency(1)
    return sharp
  })
  return library
}

/** Makes one image of another on a thread. Rejects with what is wrong with the image. */
export async function transform(source: Source, layout: Layout, output: Output): Promise<Buffer> {
  const { bytes, dimensions, format } = source
  const sharp = await loadLibrary()
  const image = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
  image.timeout({ seconds: LONGEST })
  // The library turns the other way round.
  if (layout.angle !== 0) image.rotate(360 - layout.angle)
  image.resize(layout.width, layout.height, { fit: 'fill' })
  if (layout.cut) image.extract(layout.cut)
  if (dimensions.palette && !output.transparency) image.removeAlpha()
  // As in nginx, which has nothing to do it with for palettes.
  if (output.sharpen > 0 && !dimensions.palette) sharpened(image, output.sharpen)
  return WRITERS[format](image, output, dimensions).toBuffer()
}

function sharpened(image: Sharp, percent: number): void {
  const amount = percent / 100
  image.sharpen({ sigma: 1, m1: amount, m2: 2 * amount })
}

type Writer = (image: Sharp, output: Output, dimensions: Dimensions) => Sharp

const WRITERS: Readonly<Record<Format, Writer>> = {
  jpeg: (image, output) =>
    image.jpeg({ quality: output.jpegQuality, progressive: output.interlace }),
  gif: (image, output) => image.gif({ progressive: output.interlace }),
  png: (image, output, { palette }) => image.png({ progressive: output.interlace, palette }),
  webp: (image, output) => image.webp({ quality: output.webpQuality }),
}
