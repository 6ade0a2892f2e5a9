import type { Serving } from 'gateway/plugin'
import type { Deployment } from '../deployment.ts'
import type { Occasion } from '../occasion.ts'
import { ScriptRun } from '../script-run.ts'
import { Timetable } from '../timetable.ts'

/** As long as a timer of Node's can be, in milliseconds; those that wait longer look again. */
const LONGEST = 2 ** 31 - 1
/** When a record that other workers keep is tried again, in milliseconds. */
const AGAIN = 10

/**
 * The `scheduled` hook: runs at the times of `cron`, in one worker of all. Returns what ends it; a
 * run that is under way then is waited for.
 */
export function schedule(deployment: Deployment, worker: Serving): () => void {
  const { file, schedule, tenant } = deployment.settings
  if (!schedule) return () => {}
  const { crons, zone } = schedule
  const alarms = crons.map((cron) => {
    const timetable = new Timetable(cron, zone, `${tenant}\0${file}`)
    return new Alarm(timetable, worker, (time) => run(deployment, worker, cron.text, time))
  })
  return () => {
    for (const alarm of alarms) alarm.stop()
  }
}

/** Rings in this worker whenever a time of the table may be taken. */
class Alarm {
  readonly #timetable: Timetable
  readonly #worker: Serving
  readonly #run: (time: number) => Promise<unknown>
  #timer: NodeJS.Timeout | undefined

  constructor(timetable: Timetable, worker: Serving, run: (time: number) => Promise<unknown>) {
    this.#timetable = timetable
    this.#worker = worker
    this.#run = run
    this.#ring()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #ring(): void {
    const now = Date.now()
    // Without room for it the time is left to another worker.
    const release = this.#worker.hold()
    const time = release && this.#timetable.take(now)
    if (typeof time === 'number') void this.#run(time).finally(release)
    else release?.()
    const next = this.#timetable.cron.after(now)
    if (time === 'busy') this.#arm(AGAIN)
    else if (next !== undefined) this.#arm(next - now)
  }

  #arm(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#ring(), Math.min(milliseconds, LONGEST))
  }
}

function run(
  deployment: Deployment,
  { hold, inside, log }: Serving,
  cron: string,
  time: number,
): Promise<unknown> {
  // Whatever it asks inside is asked on behalf of one exchange.
  return inside(async (exchange) => {
    const carrier = { hold }
    const occasion: Occasion = { aborted: false, onAbort: undefined, carrier, log, exchange }
    const refused = deployment.enter()
    if (refused) {
      deployment.tell(occasion, 'error', `${refused}: not run for "${cron}"`)
      return
    }
    await new Promise<void>((ended, failed) => {
      const values = [JSON.stringify({ cron, scheduledTime: time })]
      const refuse = () => 'done' as const
      const run = new ScriptRun(occasion, deployment, { hook: 'scheduled', values, refuse, ended })
      Promise.resolve(run.start()).catch(failed)
    })
  })
}
