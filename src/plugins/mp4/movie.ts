import { Buffer } from 'node:buffer'
import { atom, atomsIn, bytesOf, dataHead } from './atom.ts'
import { type Cropped, crop } from './crop.ts'
import { type Cut, lasts, unitsOf } from './cut.ts'
import { falseMovie } from './false-movie.ts'
import type { MovieFile } from './offsets.ts'
import { TimedAtom } from './timed-atom.ts'
import { readTrack, type Track } from './track.ts'

/** A movie that begins and ends elsewhere: what stands before its data, and which these are. */
export interface Excerpt {
  readonly before: Buffer
  readonly start: number
  readonly end: number
}

/** What a `moov` says: the whole movie, and its tracks that a cut leaves. */
interface Movie {
  readonly header: TimedAtom | undefined
  readonly tracks: readonly Track[]
}

/** Makes the head of the part of a movie; `type` is its `ftyp`. The contents of `moov` are changed. */
export function excerpt(
  type: Buffer,
  moov: Buffer,
  cut: Cut,
  file: MovieFile,
  startsAt: 'anywhere' | 'key frame',
): Excerpt {
  const { header, tracks } = readMovie(moov, cut)
  if (tracks.length === 0) throw falseMovie('no mp4 trak atoms were found')
  const cropped = tracks.map((track) => crop(track, cut, file, startsAt))
  let start = file.size
  let end = 0
  for (const { offsets } of cropped) {
    start = Math.min(start, offsets.from)
    end = Math.max(end, offsets.to)
  }
  if (end <= start) throw falseMovie('no data between start time and end time')
  if (start >= file.dataEnd) throw falseMovie('start time is out mp4 mdat atom')
  const pieces = atom('moov', [
    ...(header ? atom('mvhd', [header.contents]) : []),
    ...cropped.flatMap(trackPieces),
  ])
  const data = dataHead(end - start)
  const shift = type.length + bytesOf(pieces) + data.length - start
  for (const { offsets } of cropped) offsets.move(shift)
  return { before: Buffer.concat([type, ...pieces, data]), start, end }
}

function readMovie(moov: Buffer, cut: Cut): Movie {
  let header: TimedAtom | undefined
  const tracks: Track[] = []
  for (const { from, name, to } of atomsIn(moov, 0, moov.length)) {
    if (name === 'cmov') throw falseMovie('mp4 compressed moov atom (cmov) is not supported')
    if (name === 'mvhd') {
      if (header) throw falseMovie('duplicate mp4 mvhd atom')
      header = new TimedAtom(name, moov.subarray(from, to))
      const { duration, timescale } = header
      if (duration < unitsOf(cut.start, timescale)) {
        throw falseMovie('mp4 start time exceeds file duration')
      }
      header.duration = lasts(duration, cut, timescale)
    } else if (name === 'trak') {
      const track = readTrack(moov, from, to, cut, header?.timescale ?? 0)
      if (track) tracks.push(track)
    }
  }
  return { header, tracks }
}

/** In the order in which nginx puts them. */
function trackPieces({ chunks, prefix, track }: Cropped): Buffer[] {
  const { header, kept, media, tables } = track
  const as = (name: string) => {
    const contents = kept.get(name)
    return contents ? atom(name, [contents]) : []
  }
  const table = (name: string) => tables.get(name)?.pieces() ?? []
  const samples = atom('stbl', [
    ...as('stsd'),
    ...table('stts'),
    ...table('stss'),
    ...table('ctts'),
    ...(tables.get('stsc')?.pieces(chunks.first, chunks.last) ?? []),
    ...as('stsz'),
    ...table('stsz'),
    ...table('stco'),
    ...table('co64'),
  ])
  const info = atom('minf', [...as('vmhd'), ...as('smhd'), ...as('dinf'), ...samples])
  const mdia = [...(media ? atom('mdhd', [media.contents]) : []), ...as('hdlr'), ...info]
  return atom('trak', [
    ...(header ? atom('tkhd', [header.contents]) : []),
    ...(prefix > 0n ? edits(header?.duration ?? 0n, prefix) : []),
    ...atom('mdia', mdia),
  ])
}

/** Has a player leave out what comes before the time that was asked for. */
function edits(duration: bigint, prefix: bigint): Buffer[] {
  const list = Buffer.alloc(28)
  // Version 1, whose numbers have 64 bits; one edit, at the usual speed.
  list[0] = 1
  list.writeUInt32BE(1, 4)
  list.writeBigUInt64BE(duration, 8)
  list.writeBigUInt64BE(BigInt.asUintN(64, prefix), 16)
  list.writeUInt16BE(1, 24)
  return atom('edts', atom('elst', [list]))
}
