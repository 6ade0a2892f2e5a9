import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'

/** What a worker says of itself. */
export interface SelfReport {
  readonly pid: number
  /** Live objects in bytes, all garbage collected first. */
  readonly heap: number
  /** Buffers and other memory outside the heap that objects hold, in bytes. */
  readonly external: number
}

/** A plugin whose directive `self_report` answers with a report; a file of the test's workspace. */
export const SELF_REPORT = `
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { definePlugin, flag } from 'gateway/plugin'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')

/** Tells what this worker holds. */
export default definePlugin({
  name: 'self-report',
  directives: {
    self_report: flag({ in: ['location'], default: false, doc: 'Answers with what is held.' }),
  },
  content: (x, { self_report }) => {
    if (!self_report) return 'next'
    gc()
    const { heapUsed, external } = process.memoryUsage()
    return x.respond(200, JSON.stringify({ pid: process.pid, heap: heapUsed, external }))
  },
})
`

/** Asks the only worker of a gateway that serves `/self` with the plugin. */
export async function selfReport(gateway: Gateway): Promise<SelfReport> {
  // What the first collection frees may hold more until the second.
  await get(gateway.port(), '/self')
  return JSON.parse((await get(gateway.port(), '/self')).text) as SelfReport
}
