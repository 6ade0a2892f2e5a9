import type { FileOwner } from '../../storage/log/appending-file.ts'
import { errorLog, useErrorLog } from '../../storage/log/error-log.ts'
import { beginLogFiles, createLogFiles } from '../../storage/log/log-file.ts'
import { createTempFolders } from '../../storage/temp/temp-folder.ts'
import type { Plan } from '../phase/plan.ts'
import type { Prepared, Program } from './program.ts'
import { warningsOf } from './warnings.ts'

/** Reads the configuration again, for a reload; what there is to say about it is in the error log. */
export async function readAgain(program: Program): Promise<Prepared> {
  beginLogFiles()
  const prepared = await program.prepare()
  warn([...prepared.warnings, ...warningsOf(prepared.plan)])
  return prepared
}

/**
 * Makes the files and folders that a configuration writes to, for `owner` where this process has
 * more rights than it. From here on its error log is the one in use. Throws what cannot be made.
 */
export function createFiles(
  plan: Plan,
  owner: FileOwner | undefined,
  warnings: readonly string[],
): void {
  createLogFiles(owner)
  useErrorLog(plan.main.error_log)
  warn(warnings)
  createTempFolders(plan.tempFolders, owner, (text) => warn([text]))
}

function warn(texts: readonly string[]): void {
  for (const text of texts) errorLog.write('warn', text)
}
