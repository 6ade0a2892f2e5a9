import type { Level } from '../base/level.ts'
import { ownRole, tellStarter } from '../kernel/process/again.ts'
import { startInBackground } from '../kernel/process/daemon.ts'
import { Master } from '../kernel/process/master.ts'
import { type Prepared, type Program, reasonsOf } from '../kernel/process/program.ts'
import { SingleProcess } from '../kernel/process/single.ts'
import { warningsOf } from '../kernel/process/warnings.ts'
import { errorLog } from '../storage/log/error-log.ts'
import { createLogFiles } from '../storage/log/log-file.ts'
import { report } from './output.ts'

/**
 * Serves: as a master with workers, as one process, or in the background. Settles once the start
 * succeeded (then the process goes on), or ends the process with 1 and the reasons.
 */
export async function run(program: Program): Promise<void> {
  const role = ownRole()
  // The log of `-e` is there whatever comes.
  createLogFiles()
  try {
    const prepared = await program.prepare()
    const warnings = [...prepared.warnings, ...warningsOf(prepared.plan)]
    // In the background they were told already by the command that started it.
    if (role === undefined) for (const text of warnings) tell('warn', text)
    if (prepared.plan.main.daemon && role === undefined) {
      await startInBackground()
      process.exit(0)
    }
    await serve(program, prepared)
    // It has taken over the log of the one before it, and nobody sits at a terminal.
    if (role === 'successor') for (const text of warnings) errorLog.write('warn', text)
    if (role !== undefined) await tellStarter({ type: 'ready' })
  } catch (error) {
    const reasons = reasonsOf(error)
    const logged = role === 'successor' && process.connected
    // The master before this one logs what it hears.
    if (!logged) for (const reason of reasons) tell('emerg', reason)
    if (role !== undefined) await tellStarter({ type: 'failed', reasons })
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
