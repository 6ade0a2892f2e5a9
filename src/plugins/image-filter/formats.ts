/** The formats of images that are known, named as in `image/NAME`. */
export type Format = 'jpeg' | 'gif' | 'png' | 'webp'

/** By so many bytes at its beginning an image is recognised; what is shorter is none. */
export const MAGIC_LENGTH = 16

const PNG = '\x89PNG\r\n\x1a\n'

/** What kind of image these bytes begin, undefined for something else. */
export function formatOf(bytes: Buffer): Format | undefined {
  if (bytes.length < MAGIC_LENGTH) return undefined
  const magic = bytes.latin1Slice(0, MAGIC_LENGTH)
  if (magic.startsWith('\xff\xd8')) return 'jpeg'
  if (/^GIF8[79]a/.test(magic)) return 'gif'
  if (magic.startsWith(PNG)) return 'png'
  return /^RIFF.{4}WEBP/s.test(magic) ? 'webp' : undefined
}
