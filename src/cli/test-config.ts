import { warningsOf } from '../kernel/process/warnings.ts'
import type { Tools } from './command.ts'
import type { Options } from './options.ts'
import { refuse, report, say, show } from './output.ts'

/** `-t`: everything that is wrong with a configuration; `-T`: and its files. Sets the exit code. */
export async function testConfig(options: Options, tools: Tools): Promise<void> {
  try {
    const prepared = await tools.program(options).prepare()
    for (const text of [...prepared.warnings, ...warningsOf(prepared.plan)]) report('warn', text)
    if (!options.quiet) {
      say(`the configuration file ${options.config} syntax is ok`)
      say(`configuration file ${options.config} test is successful`)
    }
    if (options.command === 'dump') show(await tools.dump(prepared))
  } catch (error) {
    refuse(error)
    say(`configuration file ${options.config} test failed`)
  }
}
