import type { Buffer } from 'node:buffer'
import { atomsIn } from './atom.ts'
import { type Cut, lasts, unitsOf } from './cut.ts'
import { falseMovie } from './false-movie.ts'
import { Table } from './table.ts'
import { TimedAtom } from './timed-atom.ts'

/** What of a `trak` is needed to cut it, and what is passed on as it is. */
export class Track {
  /** Contents of atoms that stay as they are, by name. */
  readonly kept = new Map<string, Buffer>()
  readonly tables = new Map<string, Table>()
  header: TimedAtom | undefined
  media: TimedAtom | undefined
  /** Units a second of its own clock. */
  timescale = 0
  /** The size all samples have; 0 where each has its own. */
  uniformSize = 0
}

const INSIDE: ReadonlySet<string> = new Set(['mdia', 'minf', 'stbl'])
const KEPT: ReadonlySet<string> = new Set(['hdlr', 'vmhd', 'smhd', 'dinf', 'stsd'])
/** Bytes of a row. */
const WIDTHS: Readonly<Record<string, number>> = {
  stts: 8,
  stss: 4,
  ctts: 8,
  stsc: 12,
  stsz: 4,
  stco: 4,
  co64: 8,
}
/** Of a description of samples with one entry. */
const SHORTEST_DESCRIPTION = 16

/** A table that must be there. */
export function tableOf({ tables }: Track, name: string): Table {
  const table = tables.get(name)
  if (!table) throw falseMovie(`no mp4 ${name} atoms were found`)
  return table
}

/** Reads a `trak`; undefined where it is over before the cut begins. */
export function readTrack(
  bytes: Buffer,
  from: number,
  to: number,
  cut: Cut,
  timescale: number,
): Track | undefined {
  const track = new Track()
  return readInto(track, bytes, { from, to, inside: 'trak', seen: new Set() }, cut, timescale)
    ? track
    : undefined
}

interface Part {
  readonly from: number
  readonly to: number
  readonly inside: string
  readonly seen: Set<string>
}

/** Where each atom may stand; elsewhere its name means nothing. */
const PARENTS: Readonly<Record<string, string>> = {
  tkhd: 'trak',
  mdia: 'trak',
  mdhd: 'mdia',
  hdlr: 'mdia',
  minf: 'mdia',
  vmhd: 'minf',
  smhd: 'minf',
  dinf: 'minf',
  stbl: 'minf',
  stsd: 'stbl',
  stts: 'stbl',
  stss: 'stbl',
  ctts: 'stbl',
  stsc: 'stbl',
  stsz: 'stbl',
  stco: 'stbl',
  co64: 'stbl',
}

/** One of each pair may stand in a track. */
const EITHER: Readonly<Record<string, string>> = { smhd: 'vmhd', co64: 'stco' }

/** Whether the track goes on after the cut has begun. */
function readInto(
  track: Track,
  bytes: Buffer,
  { from, inside, seen, to }: Part,
  cut: Cut,
  timescale: number,
): boolean {
  for (const each of atomsIn(bytes, from, to)) {
    const { name } = each
    if (PARENTS[name] !== inside) continue
    const kind = EITHER[name] ?? name
    if (seen.has(kind)) throw falseMovie(`duplicate mp4 ${name} atom`)
    seen.add(kind)
    const contents = bytes.subarray(each.from, each.to)
    if (INSIDE.has(name)) {
      const part = { from: each.from, to: each.to, inside: name, seen }
      if (!readInto(track, bytes, part, cut, timescale)) return false
    } else if (name === 'tkhd') {
      track.header = new TimedAtom(name, contents)
      if (!shorten(track.header, cut, timescale)) return false
    } else if (name === 'mdhd') {
      track.media = new TimedAtom(name, contents)
      track.timescale = track.media.timescale
      if (!shorten(track.media, cut, track.timescale)) return false
    } else keep(track, name, contents)
  }
  return true
}

function shorten(timed: TimedAtom, cut: Cut, timescale: number): boolean {
  const { duration } = timed
  if (duration <= unitsOf(cut.start, timescale)) return false
  timed.duration = lasts(duration, cut, timescale)
  return true
}

function keep(track: Track, name: string, contents: Buffer): void {
  if (KEPT.has(name)) {
    const isShort = name === 'stsd' && contents.length < SHORTEST_DESCRIPTION
    if (isShort) throw falseMovie('mp4 stsd atom too small')
    track.kept.set(name, contents)
    return
  }
  if (name !== 'stsz') {
    track.tables.set(name, new Table(name, contents, WIDTHS[name] ?? 0))
    return
  }
  if (contents.length < 12) throw falseMovie('mp4 stsz atom too small')
  track.uniformSize = contents.readUInt32BE(4)
  // Where all have one size there are no rows, whatever their count says.
  if (track.uniformSize > 0) track.kept.set(name, contents)
  else track.tables.set(name, new Table(name, contents, 4, 12))
}
