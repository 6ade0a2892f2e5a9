import type { Piece } from './crop-chunks.ts'
import type { Samples } from './crop-times.ts'
import { falseMovie } from './false-movie.ts'
import type { Track } from './track.ts'

/** Bytes of samples in the chunks a cut begins and ends in. */
export interface Sizes {
  /** Of those that are left out of the first. */
  readonly before: number
  /** Of those that stay in the last. */
  readonly within: number
}

/** Leaves the sizes of samples. */
export function cropSizes(track: Track, samples: Samples, piece: Piece, most: number): Sizes {
  const sizes = track.uniformSize > 0 ? uniform(track, samples, piece) : own(track, samples, piece)
  if (sizes.before > most) throw falseMovie('too large mp4 start samples size')
  if (sizes.within > most) throw falseMovie('too large mp4 end samples size')
  return sizes
}

function own(track: Track, { end, start }: Samples, piece: Piece): Sizes {
  const table = track.tables.get('stsz')
  if (!table) return { before: 0, within: 0 }
  check(table.count, start, end)
  const sum = (from: number, to: number) => {
    let bytes = 0
    for (let row = Math.max(from, 0); row < to; row++) bytes += table.get(row)
    return bytes
  }
  const before = sum(start - piece.before, start)
  const within = end === undefined ? 0 : sum(Math.max(end - piece.within, start), end)
  table.keep(start, end)
  return { before, within }
}

function uniform(track: Track, { end, start }: Samples, piece: Piece): Sizes {
  const contents = track.kept.get('stsz')
  const size = track.uniformSize
  if (contents) {
    const count = contents.readUInt32BE(8)
    check(count, start, end)
    contents.writeUInt32BE((end ?? count) - start, 8)
  }
  return { before: piece.before * size, within: piece.within * size }
}

function check(count: number, start: number, end: number | undefined): void {
  if (start >= count) throw falseMovie('start time is out mp4 stsz samples')
  if (end !== undefined && end > count) throw falseMovie('end time is out mp4 stsz samples')
}
