import type { Piece } from './crop-chunks.ts'
import type { Sizes } from './crop-sizes.ts'
import { falseMovie } from './false-movie.ts'
import type { Table } from './table.ts'
import type { Track } from './track.ts'

const MOST_SHORT = 0xff_ff_ff_ff

/** The file a movie is in. */
export interface MovieFile {
  readonly size: number
  /** Where the `mdat` ends. */
  readonly dataEnd: number
}

/** Where the bytes of a track are in the file. */
export interface Offsets {
  readonly from: number
  readonly to: number
  /** Moves the places of all chunks by so many bytes. */
  move(bytes: number): void
}

/** Leaves the places of chunks, and finds what bytes of the file they are. */
export function cropOffsets(track: Track, piece: Piece, sizes: Sizes, file: MovieFile): Offsets {
  const long = track.tables.get('co64')
  const table = long ?? (track.tables.get('stco') as Table)
  const places = long ? longPlaces(long) : shortPlaces(table)
  if (piece.start >= table.count) throw falseMovie('start time is out mp4 stco chunks')
  if (piece.end !== undefined && piece.end > table.count) {
    throw falseMovie('end time is out mp4 stco chunks')
  }
  table.keep(piece.start, piece.end)
  const move = (bytes: number) => {
    for (let row = 0; row < table.count; row++) places.add(row, bytes)
  }
  if (table.count === 0) return { from: file.size, to: 0, move }
  const from = within(places.get(0), sizes.before, file, places.most)
  places.add(0, sizes.before)
  if (piece.end === undefined) return { from, to: file.dataEnd, move }
  return { from, to: within(places.get(table.count - 1), sizes.within, file, places.most), move }
}

interface Places {
  readonly most: number
  get(row: number): number
  add(row: number, bytes: number): void
}

function shortPlaces(table: Table): Places {
  return {
    most: MOST_SHORT,
    get: (row) => table.get(row),
    // What points out of the file goes round, as in nginx: it is nobody's place before, either.
    add: (row, bytes) => table.set(row, 0, table.get(row) + bytes),
  }
}

function longPlaces(table: Table): Places {
  return {
    most: Number.MAX_SAFE_INTEGER,
    get: (row) => Number(table.getLong(row)),
    add: (row, bytes) => table.setLong(row, table.getLong(row) + BigInt(bytes)),
  }
}

function within(place: number, bytes: number, { size }: MovieFile, most: number): number {
  const to = place + bytes
  if (to > size || to > most) throw falseMovie('too large chunk offset')
  return to
}
