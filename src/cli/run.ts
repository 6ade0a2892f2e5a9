import { errorLog } from '../kernel/log/error-log.ts'
import type { Level } from '../kernel/log/level.ts'
import { createLogFiles } from '../kernel/log/log-file.ts'
import { isInBackground, startInBackground, tellStarter } from '../kernel/process/daemon.ts'
import { Master } from '../kernel/process/master.ts'
import { type Prepared, type Program, reasonsOf } from '../kernel/process/program.ts'
import { SingleProcess } from '../kernel/process/single.ts'
import { warningsOf } from '../kernel/process/warnings.ts'
import { report } from './output.ts'

/**
 * Serves: as a master with workers, as one process, or in the background. Settles once the start
 * succeeded (then the process goes on), or ends the process with 1 and the reasons.
 */
export async function run(program: Program, words: readonly string[]): Promise<void> {
  const background = isInBackground()
  // The log of `-e` is there whatever comes.
  createLogFiles()
  try {
    const prepared = await program.prepare()
    // In the background they were told already by the command that started it.
    if (!background) {
      for (const text of [...prepared.warnings, ...warningsOf(prepared.plan)]) tell('warn', text)
    }
    if (prepared.plan.main.daemon && !background) {
      await startInBackground(program.entry, words)
      process.exit(0)
    }
    await serve(program, prepared)
    if (background) await tellStarter({ type: 'ready' })
  } catch (error) {
    const reasons = reasonsOf(error)
    for (const reason of reasons) tell('emerg', reason)
    if (background) await tellStarter({ type: 'failed', reasons })
    process.exit(1)
  }
}

async function serve(program: Program, prepared: Prepared): Promise<void> {
  if (prepared.plan.main.master_process) await new Master(program).start(prepared)
  else await new SingleProcess(program).start(prepared)
}

/** To whoever started this, and to the log if that is somewhere else. */
function tell(level: Level, text: string): void {
  report(level, text)
  if (errorLog.targets.some(({ to }) => to !== 'stderr')) errorLog.write(level, text)
}
