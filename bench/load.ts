import { runStreams, type StreamLoad } from './stream-load.ts'
import { type LoadReport, type RequestLoad, runWrk } from './wrk.ts'

/** Runs a row's load, whichever kind it is. */
export function runLoad(
  port: number,
  load: RequestLoad | StreamLoad,
  seconds: number,
): Promise<LoadReport> {
  return 'direction' in load ? runStreams(port, load, seconds) : runWrk(port, load, seconds)
}
