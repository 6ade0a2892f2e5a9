import { gzipSync } from 'node:zlib'

/** An entry of a tar archive, as hostile as a test wants it. */
export interface TarEntry {
  readonly path: string
  readonly content?: string | Uint8Array
  /** ustar's letter: `0` file, `1` hard link, `2` symbolic link, `3` device, `5` folder, `6` pipe. */
  readonly type?: string
  readonly link?: string
  /** What the head says, where it is not the truth. */
  readonly size?: number
}

const BLOCK = 512

/** A gzipped tar archive with exactly these entries. */
export function tarball(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tar(entries))
}

/** The archive of a package, as npm makes it. */
export function packageTarball(files: Readonly<Record<string, string>>): Buffer {
  return tarball(
    Object.entries(files).map(([path, content]) => ({ path: `package/${path}`, content })),
  )
}

function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '')
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)
    return [head(entry, content.length), content, padding]
  })
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])
}

function head({ path, type = '0', link = '', size }: TarEntry, length: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  // A long path is cut in two at a slash.
  const cut = path.length > 100 ? path.lastIndexOf('/', 155) : -1
  block.write(path.slice(cut + 1), 0)
  block.write(octal(0o644, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size ?? length, 11), 124)
  block.write(octal(0, 11), 136)
  block.write('        ', 148)
  block.write(type, 156)
  block.write(link, 157)
  block.write('ustar\x0000', 257)
  if (cut >= 0) block.write(path.slice(0, cut), 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
