import { runH2load, type StreamsLoad } from './h2load.ts'
import { runStreams, type StreamLoad } from './stream-load.ts'
import { type LoadReport, type RequestLoad, runWrk } from './wrk.ts'

/** Runs a row's load, whichever kind it is. */
export function runLoad(
  port: number,
  load: RequestLoad | StreamLoad | StreamsLoad,
  seconds: number,
): Promise<LoadReport> {
  if ('streams' in load) return runH2load(port, load, seconds)
  return 'direction' in load ? runStreams(port, load, seconds) : runWrk(port, load, seconds)
}
