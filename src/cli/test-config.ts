import { syntaxOf } from '../config/syntax.ts'
import { idleUses } from '../config/words/idle-uses.ts'
import { warningsOf } from '../kernel/process/warnings.ts'
import type { Tools } from './command.ts'
import type { Options } from './options.ts'
import { refuse, report, type Speaker, say, show } from './output.ts'
import { detailsText } from './version.ts'

/** `-t`: everything that is wrong with a configuration; `-T`: and its files. Sets the exit code. */
export async function testConfig(options: Options, tools: Tools): Promise<void> {
  const { command, config, telling } = options
  // Scripts around nginx look for its sentences.
  const speaker: Speaker = syntaxOf(config) === 'nginx' ? 'nginx' : 'gateway'
  if (telling === 'all') show(detailsText())
  try {
    const prepared = await tools.program(options).prepare()
    for (const text of [...prepared.warnings, ...warningsOf(prepared.plan)]) report('warn', text)
    if (telling === 'all') {
      const { main } = (await tools.compiled(options)).compiled
      for (const text of idleUses(main)) report('notice', text)
    }
    if (telling !== 'errors') {
      say(`the configuration file ${config} syntax is ok`, speaker)
      say(`configuration file ${config} test is successful`, speaker)
    }
    if (command === 'dump') show(await tools.dump(prepared))
  } catch (error) {
    refuse(error)
    say(`configuration file ${config} test failed`, speaker)
  }
}
