import { Buffer } from 'node:buffer'
import { read } from 'node:fs'
import { fileChanged } from 'gateway/plugin'
import { type Atom, atom, atomAt, LONGEST_HEAD } from './atom.ts'
import type { Cut } from './cut.ts'
import { falseMovie } from './false-movie.ts'

/** What is looked for in a file. */
export interface Found {
  /** The `ftyp` with its head; empty where there is none. */
  readonly type: Buffer
  /** The contents of `moov`. */
  readonly moov: Buffer
  /** Where the `mdat` ends. */
  readonly dataEnd: number
}

/** A file that was opened. */
interface Source {
  readonly path: string
  readonly fd: number
  readonly size: number
}

/** nginx's limit for what says of which kind a file is. */
const LONGEST_TYPE = 1024
/** Atoms beside each other that are looked at. */
const MOST_ATOMS = 10_000

/**
 * Finds the atoms that make a movie, of which `moov` may be `most` bytes. `whole`: nothing is to be
 * cut, and the file is as players want it.
 */
export async function findAtoms(source: Source, cut: Cut, most: number): Promise<Found | 'whole'> {
  let type: Buffer = Buffer.alloc(0)
  let moov: Buffer | undefined
  let dataEnd: number | undefined
  let at = 0
  for (let count = 0; at < source.size && !(moov && dataEnd !== undefined); count++) {
    if (count === MOST_ATOMS) throw falseMovie(`more than ${MOST_ATOMS} mp4 atoms`)
    const head = await bytesOf(source, at, Math.min(at + LONGEST_HEAD, source.size))
    const found = atomAt(head, at, source.size)
    if (!found) break
    const { from, name, to } = found
    at = to
    if (name === 'ftyp') {
      if (type.length > 0) throw falseMovie('duplicate mp4 ftyp atom')
      type = await typeOf(source, found)
    } else if (name === 'moov') {
      if (dataEnd === undefined && cut.start === 0n && cut.length === 0n) return 'whole'
      if (moov) throw falseMovie('duplicate mp4 moov atom')
      if (to - from > most) {
        const hint = 'you may want to increase mp4_max_buffer_size'
        throw falseMovie(`mp4 moov atom is too large: ${to - from}, ${hint}`)
      }
      moov = await bytesOf(source, from, to)
    } else if (name === 'mdat') {
      if (dataEnd !== undefined) throw falseMovie('duplicate mp4 mdat atom')
      dataEnd = to
    }
  }
  if (!moov) throw falseMovie('no mp4 trak atoms were found')
  if (dataEnd === undefined) throw falseMovie('no mp4 mdat atom was found')
  return { type, moov, dataEnd }
}

async function typeOf(source: Source, { from, to }: Atom): Promise<Buffer> {
  if (to - from > LONGEST_TYPE) throw falseMovie(`mp4 ftyp atom is too large: ${to - from}`)
  return Buffer.concat(atom('ftyp', [await bytesOf(source, from, to)]))
}

function bytesOf({ fd, path }: Source, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(to - from)
  return new Promise((resolve, reject) => {
    read(fd, bytes, 0, bytes.length, from, (error, count) => {
      if (error) reject(error)
      else if (count < bytes.length) reject(fileChanged(path))
      else resolve(bytes)
    })
  })
}
