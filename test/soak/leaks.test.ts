import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import type { HttpOrigin } from '../harness/http-origin.ts'
import { type Origin, origin } from '../harness/origin.ts'
import { descriptorsOf, memoryOf } from '../harness/processes.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectionsClosed } from '../harness/stub-status.ts'
import { until } from '../harness/wait.ts'
import { ABORT_FILES, abortLocations, abortOrigin, abortRequests } from './aborts.ts'
import { MIXED_FILES, mixedLocations, mixedOrigin, mixedRequests } from './mixed.ts'
import { MEGABYTE, PATIENCE, scale } from './scale.ts'
import { SELF_REPORT, selfReport } from './self-report.ts'

const REQUESTS = scale(60_000, 1_000_000)
const ABORTED = scale(10_000, 100_000)
/** Everything has happened often enough that what is allocated once is there. */
const WARM = 8000
/**
 * Live objects after a full collection may differ by what code was compiled in the meantime. One
 * object left over by each request, of 40 bytes at least, would be more even in the short run.
 */
const HEAP_BOUND = 2 * MEGABYTE
/** Buffers and compressors that wait to be used again: up to some dozens of 64 KB at a time. */
const EXTERNAL_BOUND = 4 * MEGABYTE
/** Resident memory also holds garbage and what malloc keeps; the young generation takes most. */
const RESIDENT_BOUND = 48 * MEGABYTE
const KEPT = 8

let peers: HttpOrigin
let hostile: Origin
let gateway: Gateway
let worker: number

beforeAll(async () => {
  peers = await mixedOrigin()
  hostile = await origin(abortOrigin)
  gateway = await startGateway({
    yaml: `
plugins: ./self-report.ts
events: { worker_connections: 1024 }
http:
  access_log: /dev/null
  upstream:
    mixed: { server: ${peers.address}, keepalive: ${KEPT} }
    hostile: { server: ${hostile.address} max_fails=0, keepalive: ${KEPT} }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        ${mixedLocations('mixed')}
        ${abortLocations('hostile')}
        = /status: { stub_status: on }
        = /self: { self_report: on }
`,
    files: { ...MIXED_FILES, ...ABORT_FILES, 'self-report.ts': SELF_REPORT },
  })
  worker = gateway.workers()[0] ?? 0
}, PATIENCE)

test(
  `memory is flat over ${REQUESTS} requests of all kinds, and no descriptor is left`,
  async () => {
    expect(await mixedRequests(gateway.port(), WARM, 32)).toEqual([])
    await alone()
    const before = await measure()
    for (let round = 0; round < REQUESTS / 20_000; round++) {
      expect(await mixedRequests(gateway.port(), 20_000, 32)).toEqual([])
      // What the origin recorded is the test's own memory.
      peers.takeRequests()
    }
    await alone()
    expectFlat(before, await measure())
    expect(peers.errors).toEqual([])
  },
  PATIENCE,
)

test(
  `memory is flat over ${ABORTED} requests that break off, and no connection is left`,
  async () => {
    await abortRequests(gateway.port(), WARM / 4, 50)
    await alone()
    const before = await measure()
    await abortRequests(gateway.port(), ABORTED, 50)
    await alone()
    expectFlat(before, await measure())
    expect(hostile.errors).toEqual([])
    // As good as new.
    expect(await mixedRequests(gateway.port(), 800, 8)).toEqual([])
  },
  PATIENCE,
)

/** Waits until the only client connection is the one that asks, and peers hold pooled ones alone. */
async function alone(): Promise<void> {
  await connectionsClosed(gateway.port())
  await until('upstream connections to be pooled or closed', () => {
    return hostile.open <= KEPT && peers.open <= KEPT
  })
}

interface Measured {
  readonly heap: number
  readonly external: number
  readonly resident: number
  /** Without connections to peers, which may be pooled. */
  readonly descriptors: number
}

async function measure(): Promise<Measured> {
  const { pid, heap, external } = await selfReport(gateway)
  expect(pid).toBe(worker)
  await until('the asking connection to be closed', () => descriptors() <= least())
  const seen = { heap, external, resident: memoryOf(worker), descriptors: descriptors() }
  if (process.env.SOAK_SHOW) console.log(seen)
  return seen
}

let lowest = Number.POSITIVE_INFINITY

/** The fewest descriptors seen in a while. */
function least(): number {
  lowest = Math.min(lowest, descriptors())
  return lowest
}

function descriptors(): number {
  return descriptorsOf(worker) - peers.open - hostile.open
}

function expectFlat(before: Measured, after: Measured): void {
  expect(after.heap - before.heap).toBeLessThan(HEAP_BOUND)
  expect(after.external - before.external).toBeLessThan(EXTERNAL_BOUND)
  expect(after.resident - before.resident).toBeLessThan(RESIDENT_BOUND)
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors)
}
