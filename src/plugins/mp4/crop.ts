import { cropChunks, type Piece } from './crop-chunks.ts'
import { cropSizes } from './crop-sizes.ts'
import { cropTimes } from './crop-times.ts'
import type { Cut } from './cut.ts'
import { cropOffsets, type MovieFile, type Offsets } from './offsets.ts'
import type { Table } from './table.ts'
import type { Track } from './track.ts'

/** What a cut leaves of a track. */
export interface Cropped {
  readonly track: Track
  readonly chunks: Piece
  readonly offsets: Offsets
  /** What comes before the cut so that it begins with a key frame, in units of the track's clock. */
  readonly prefix: bigint
}

/** Leaves in all tables of a track what the cut is about. */
export function crop(
  track: Track,
  cut: Cut,
  file: MovieFile,
  startsAt: 'anywhere' | 'key frame',
): Cropped {
  const samples = cropTimes(track, cut, startsAt)
  const { tables } = track
  const marks = tables.get('stss')
  if (marks) cropMarks(marks, samples.start, samples.end)
  const compositions = tables.get('ctts')
  if (compositions) cropCompositions(compositions, samples.start, samples.end)
  // None of it is left, so that the atom goes.
  if (compositions?.count === 0) tables.delete('ctts')
  const chunks = cropChunks(track, samples)
  const sizes = cropSizes(track, samples, chunks, file.size)
  const offsets = cropOffsets(track, chunks, sizes, file)
  return { track, chunks, offsets, prefix: samples.prefix }
}

/** Key frames, whose samples count from 1. */
function cropMarks(marks: Table, start: number, end: number | undefined): void {
  marks.keep(firstFrom(marks, start + 1))
  if (end !== undefined) marks.keep(0, firstFrom(marks, end + 1))
  for (let row = 0; row < marks.count; row++) marks.set(row, 0, marks.get(row) - start)
}

function firstFrom(marks: Table, sample: number): number {
  for (let row = 0; row < marks.count; row++) if (marks.get(row) >= sample) return row
  return marks.count
}

function cropCompositions(table: Table, start: number, end: number | undefined): void {
  const first = rowOf(table, start)
  if (!first) {
    table.keep(table.count)
    return
  }
  table.set(first.row, 0, table.get(first.row) - first.before)
  table.keep(first.row)
  const last = end === undefined ? undefined : rowOf(table, end - start)
  if (!last) return
  table.set(last.row, 0, last.before)
  table.keep(0, last.row + 1)
}

/** The row with the count that a sample falls into, and how many of the row are before it. */
function rowOf(table: Table, sample: number): { row: number; before: number } | undefined {
  let before = sample
  for (let row = 0; row < table.count; row++) {
    const count = table.get(row)
    if (before < count) return { row, before }
    before -= count
  }
  return undefined
}
