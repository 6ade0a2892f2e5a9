import { Buffer } from 'node:buffer'

/** A track of a movie that a test makes. */
export interface MadeTrack {
  readonly kind: 'video' | 'audio'
  /** Units a second. */
  readonly timescale: number
  /** How many samples last how long. */
  readonly times: readonly (readonly [count: number, duration: number])[]
  /** From which chunk on (from 1) one has how many samples. */
  readonly runs: readonly (readonly [chunk: number, samples: number])[]
  readonly keyFrames?: readonly number[]
  readonly compositions?: readonly (readonly [count: number, offset: number])[]
  /** All samples have this size; else they have sizes of their own. */
  readonly size?: number
  readonly offsets?: 'stco' | 'co64'
  /** Of `tkhd` and `mdhd`, and so of the numbers of times. */
  readonly version?: 0 | 1
}

/** Changes the contents of each atom on its way into the file; undefined leaves it out. */
export type Change = (name: string, contents: Buffer) => Buffer | undefined

export interface MadeMovie {
  readonly tracks: readonly MadeTrack[]
  readonly index?: 'before' | 'behind'
  readonly change?: Change
}

/** An atom with its head. */
export function atom(name: string, ...contents: Buffer[]): Buffer {
  const size = contents.reduce((sum, { length }) => sum + length, 8)
  return Buffer.concat([numbers(size), Buffer.from(name, 'latin1'), ...contents])
}

/** Numbers of 32 bits. */
export function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value >>> 0, i * 4)
  })
  return bytes
}

/** A whole movie file. The samples of its tracks, chunk by chunk in turn, tell which they are. */
export function movie({ tracks, index = 'before', change = same }: MadeMovie): Buffer {
  const type = made(change, 'ftyp', Buffer.from('isom\0\0\x02\0isomiso2', 'latin1'))
  const chunks = tracks.map(chunksOf)
  const indexSize = indexOf(tracks, chunks, 0, change).length
  const at = type.length + (index === 'before' ? indexSize : 0) + 8
  const moov = indexOf(tracks, chunks, at, change)
  const data = made(change, 'mdat', Buffer.concat(inTurn(chunks).map(({ bytes }) => bytes)))
  return Buffer.concat(index === 'before' ? [type, moov, data] : [type, data, moov])
}

interface Chunk {
  readonly bytes: Buffer
  at: number
}

const same: Change = (_name, contents) => contents
const total = (
  pairs: readonly (readonly [number, number])[],
  of: (pair: readonly [number, number]) => number,
) => pairs.reduce((sum, pair) => sum + of(pair), 0)
const countOf = ({ times }: MadeTrack) => total(times, ([count]) => count)
const sizeOf = ({ size }: MadeTrack, sample: number) => size ?? 10 + (sample % 7)

function chunksOf(track: MadeTrack): Chunk[] {
  const chunks: Chunk[] = []
  const count = countOf(track)
  for (let sample = 0; sample < count; ) {
    const run = track.runs.findLast(([chunk]) => chunk <= chunks.length + 1)
    const samples: Buffer[] = []
    for (let i = 0; i < (run?.[1] ?? 1) && sample < count; i++, sample++) {
      samples.push(Buffer.alloc(sizeOf(track, sample), `${track.kind[0]}${sample}.`))
    }
    chunks.push({ bytes: Buffer.concat(samples), at: 0 })
  }
  return chunks
}

function inTurn(tracks: readonly (readonly Chunk[])[]): Chunk[] {
  const most = Math.max(...tracks.map(({ length }) => length))
  return Array.from({ length: most }, (_, i) => tracks.flatMap((chunks) => chunks[i] ?? [])).flat()
}

function indexOf(
  tracks: readonly MadeTrack[],
  chunks: readonly (readonly Chunk[])[],
  start: number,
  change: Change,
): Buffer {
  let at = start
  for (const chunk of inTurn(chunks)) {
    chunk.at = at
    at += chunk.bytes.length
  }
  const seconds = (track: MadeTrack) =>
    total(track.times, ([n, each]) => n * each) / track.timescale
  const longest = Math.max(...tracks.map(seconds)) * 1000
  const header = made(
    change,
    'mvhd',
    Buffer.concat([numbers(0, 1, 2, 1000, longest), Buffer.alloc(80, 1)]),
  )
  const parts = tracks.map((track, i) => trackOf(track, chunks[i] ?? [], seconds(track), change))
  return made(
    change,
    'moov',
    Buffer.concat([header, atom('udta', Buffer.from('left out')), ...parts]),
  )
}

function trackOf(
  track: MadeTrack,
  chunks: readonly Chunk[],
  seconds: number,
  change: Change,
): Buffer {
  const { compositions, keyFrames, kind, offsets = 'stco', runs, size, times, timescale } = track
  const table = (name: string, rows: readonly (readonly number[])[], ...before: number[]) =>
    made(change, name, numbers(0, ...before, rows.length, ...rows.flat()))
  const samples = Array.from({ length: countOf(track) }, (_, i) => [sizeOf(track, i)])
  const sizes =
    size === undefined
      ? table('stsz', samples, 0)
      : made(change, 'stsz', numbers(0, size, samples.length))
  const stbl = made(
    change,
    'stbl',
    Buffer.concat([
      made(change, 'stsd', Buffer.concat([numbers(0, 1, 16), Buffer.from('mp4vdescribed')])),
      table('stts', times),
      ...(keyFrames
        ? [
            table(
              'stss',
              keyFrames.map((each) => [each]),
            ),
          ]
        : []),
      ...(compositions ? [table('ctts', compositions)] : []),
      table(
        'stsc',
        runs.map(([chunk, each]) => [chunk, each, 1]),
      ),
      sizes,
      table(
        offsets,
        chunks.map(({ at }) => (offsets === 'co64' ? [0, at] : [at])),
      ),
    ]),
  )
  const kindHead = made(change, kind === 'video' ? 'vmhd' : 'smhd', numbers(1, 2, 3))
  const dinf = made(change, 'dinf', Buffer.from('where'))
  const minf = made(change, 'minf', Buffer.concat([kindHead, dinf, stbl]))
  const long = track.version === 1
  const duration = (units: number) => (long ? [0, units] : [units])
  const dates = long ? [0, 1, 0, 2] : [1, 2]
  const version = long ? 0x01_00_00_00 : 0
  const mdhd = numbers(version, ...dates, timescale, ...duration(seconds * timescale), 0)
  const mdia = [made(change, 'mdhd', mdhd), made(change, 'hdlr', Buffer.from('handles')), minf]
  const tkhd = numbers(version, ...dates, 1, 0, ...duration(seconds * 1000))
  const header = made(change, 'tkhd', Buffer.concat([tkhd, Buffer.alloc(60, 3)]))
  const edits = atom('edts', Buffer.from('left out as well'))
  return made(
    change,
    'trak',
    Buffer.concat([header, edits, made(change, 'mdia', Buffer.concat(mdia))]),
  )
}

function made(change: Change, name: string, contents: Buffer): Buffer {
  const changed = change(name, contents)
  return changed ? atom(name, changed) : Buffer.alloc(0)
}
