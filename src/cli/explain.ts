import type { Tools } from './command.ts'
import type { Options } from './options.ts'
import { refuse, show } from './output.ts'
import { paintFor } from './paint.ts'

/** `gateway explain`: prints what a request would meet. Sets the exit code. */
export async function explainRequest(options: Options, tools: Tools): Promise<void> {
  try {
    show(await tools.explain(options, paintFor(process.stdout)))
  } catch (error) {
    refuse(error)
  }
}
