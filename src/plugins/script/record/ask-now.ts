import type { Exchange } from 'gateway/plugin'
import { badCall } from '../../../../sandbox/host/arguments.ts'
import type { Image } from './record-image.ts'
import { RecordRun, type TaskOps } from './record-run.ts'

const NO_OPS: TaskOps = () => {
  throw badCall('op')
}

/** Asks a record for the value of a variable; undefined where it fails, or cannot be asked now. */
export function askNow(
  x: Exchange,
  image: Image,
  task: string,
  detail: string,
): string | undefined {
  const { deployment } = image.source
  if (deployment.enter()) return undefined
  const run = new RecordRun(x, image, NO_OPS, 'here')
  const result = run.start(task, detail)
  const now = result instanceof Promise ? run.early : result
  if (!now) {
    run.stop()
    deployment.tell(x, 'error', `${task} ${detail}: all slots of the sandbox are busy`)
  }
  return now && 'text' in now ? now.text : undefined
}
