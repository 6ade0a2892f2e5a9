import { Buffer } from 'node:buffer'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Spooling } from '../../src/forward/spool.ts'
import { TempFolder } from '../../src/storage/temp/temp-folder.ts'
import { origin } from '../harness/origin.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'
import { endOf, OPTIONS, type Outcome, Worker } from './driver.ts'

vi.setConfig({ testTimeout: 30_000 })

const MEGABYTE = 2 ** 20
/** More than sockets hold between two who do not read. */
const SIZE = 24 * MEGABYTE
const PIECE = 65_536

/** What stands at a place of the body. */
const byteAt = (at: number) => (Math.floor(at / 512) * 31) % 251

function pieceAt(at: number): Buffer {
  const piece = Buffer.allocUnsafe(PIECE)
  for (let i = 0; i < PIECE; i += 512) piece.fill(byteAt(at + i), i, i + 512)
  return piece
}

/** A peer of a large body, and a client that takes nothing of it until it is let go. */
async function slow(
  spooling: Partial<Spooling> = {},
  { borrows = true, announced = SIZE, ready = undefined as (() => Promise<void>) | undefined } = {},
) {
  const worker = new Worker()
  const made = { sent: 0 }
  const backend = await origin(async (peer) => {
    await peer.request()
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${announced}\r\n\r\n`)
    for (; made.sent < SIZE; made.sent += PIECE) await peer.send(pieceAt(made.sent))
    if (announced === SIZE) await peer.ending()
  })
  const upstream = await worker.upstream([backend.address])
  let open!: () => void
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const seen = { bytes: 0, wrong: 0, pieces: new Set<number>() }
  const check = (chunk: Uint8Array, from: number) => {
    for (let i = 0; i < chunk.length; i += 64) if (chunk[i] !== byteAt(from + i)) seen.wrong++
  }
  const outcome = worker.start(upstream, {
    options: { spooling: { ...OPTIONS.spooling, ...spooling } },
    before: (each) => {
      Object.assign(each, { borrows })
      each.data = (chunk) => {
        const from = seen.bytes
        check(chunk, from)
        seen.bytes += chunk.length
        seen.pieces.add(chunk.length)
        // It looks again when it was made to wait: the memory is its own until then.
        return (ready?.() ?? gate).then(() => check(chunk, from))
      }
    },
  })
  onTestFinished(() => endOf(outcome))
  return { worker, upstream, made, outcome, seen, open }
}

const later = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** Waits until the peer has not come on for some looks. */
async function standstill(made: { sent: number }): Promise<number> {
  let before = -1
  let looks = 0
  await until(
    'the peer to stand still',
    () => {
      looks = made.sent === before ? looks + 1 : 0
      before = made.sent
      return looks > 40
    },
    20_000,
  )
  return before
}

const buffered = (outcome: Outcome) => outcome.log.filter((line) => /temporary file/.test(line))

test.each([true, false])('a slow client does not hold the peer (borrows: %s)', async (borrows) => {
  const { upstream, made, outcome, seen, open } = await slow({}, { borrows })
  await until('the peer to be free', () => upstream.pool.idle === 1)
  expect(made.sent).toBe(SIZE)
  expect(seen.bytes).toBeLessThan(MEGABYTE)
  expect(buffered(outcome)).toEqual([
    expect.stringMatching(
      /^\[warn\] an upstream response is buffered to a temporary file \/\S+ while reading upstream$/,
    ),
  ])
  const name = / (\/\S+) /.exec(buffered(outcome)[0] ?? '')?.[1] ?? ''
  expect(existsSync(name)).toBe(false)
  open()
  await outcome.over
  expect(seen).toMatchObject({ bytes: SIZE, wrong: 0 })
})

test('a client that takes little at a time does not hold the peer either', async () => {
  let pace = 20
  const { upstream, outcome, seen } = await slow({}, { ready: () => later(pace) })
  await until('the peer to be free', () => upstream.pool.idle === 1)
  expect(seen.bytes).toBeLessThan(SIZE)
  pace = 0
  await outcome.over
  expect(seen).toMatchObject({ bytes: SIZE, wrong: 0 })
  expect(buffered(outcome)).toHaveLength(1)
})

test('for a client that keeps up there is no file', async () => {
  const { outcome, seen } = await slow({}, { ready: () => Promise.resolve() })
  await outcome.over
  expect(seen).toMatchObject({ bytes: SIZE, wrong: 0 })
  expect(outcome.log).toEqual([])
})

test('with proxy_max_temp_file_size 0 only proxy_buffers are filled', async () => {
  const { upstream, made, outcome, seen, open } = await slow({ fileLimit: 0 })
  expect(await standstill(made)).toBeLessThan(SIZE)
  expect(upstream.pool.idle).toBe(0)
  open()
  await outcome.over
  expect(buffered(outcome)).toEqual([])
  expect(seen).toMatchObject({ bytes: SIZE, wrong: 0 })
})

test('a file does not grow beyond proxy_max_temp_file_size', async () => {
  const { made, outcome, seen, open } = await slow({ fileLimit: MEGABYTE })
  await until('the file', () => buffered(outcome).length > 0)
  expect(await standstill(made)).toBeLessThan(SIZE)
  expect(buffered(outcome)).toHaveLength(1)
  open()
  await outcome.over
  expect(seen).toMatchObject({ bytes: SIZE, wrong: 0 })
})

test('what waits is given in pieces of proxy_busy_buffers_size', async () => {
  const { upstream, outcome, seen, open } = await slow({ piece: 12_345 })
  await until('the peer to be free', () => upstream.pool.idle === 1)
  seen.pieces.clear()
  open()
  await outcome.over
  expect(Math.max(...seen.pieces)).toBe(12_345)
  expect(seen).toMatchObject({ bytes: SIZE, wrong: 0 })
})

test('where no file can be made the peer waits, and that is told once', async () => {
  const { made, outcome, seen, open } = await slow({ folder: new TempFolder('/nowhere', []) })
  await until('the failure', () => outcome.log.length > 0)
  expect(await standstill(made)).toBeLessThan(SIZE)
  open()
  await outcome.over
  expect(seen).toMatchObject({ bytes: SIZE, wrong: 0 })
  expect(outcome.log).toEqual([
    expect.stringMatching(
      /^\[crit\] open\(\) "\/nowhere\/\d{10}-[\d-]+" failed \(2: No such file or directory\) while reading upstream$/,
    ),
  ])
})

test('what came before a peer failed is still given', async () => {
  const { worker, made, outcome, seen, open } = await slow({}, { announced: SIZE + 1 })
  await until('the peer to be gone', () => made.sent === SIZE && worker.slots.used === 0)
  expect(outcome.error).toBeUndefined()
  open()
  await outcome.over
  expect(seen).toMatchObject({ bytes: SIZE, wrong: 0 })
  expect(outcome.error?.code).toBe('UPSTREAM_CLOSED')
})

test('a client that leaves takes its file with it', async () => {
  const workspace = new Workspace('spool')
  onTestFinished(() => workspace.remove())
  const { upstream, outcome, seen, open } = await slow({
    folder: new TempFolder(workspace.dir, [1, 2]),
  })
  await until('the peer to be free', () => upstream.pool.idle === 1)
  expect(openFilesIn(workspace.dir)).toHaveLength(1)
  endOf(outcome)
  open()
  await outcome.over
  expect(seen.bytes).toBeLessThan(SIZE)
  await until('the file to be closed', () => openFilesIn(workspace.dir).length === 0)
})

/** Files of this process that are below a folder, deleted or not. */
function openFilesIn(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(folder) ? [path] : []
    } catch {
      return []
    }
  })
}
