import type { Compiled } from '../../src/config/compile.ts'
import { compile, readConfig } from '../../src/config/index.ts'
import type { ConfigTree } from '../../src/config/tree.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import variables from '../../src/plugins/variables/index.ts'
import { testPlugins } from './plugins.ts'

/** Where the texts of tests pretend to stand. */
export const FILE = '/conf/gateway.yaml'

/** Reads texts as if they were files: one, or several by path. */
export function readText(
  text: string | Readonly<Record<string, string>>,
  globals?: string,
): ConfigTree {
  const files = typeof text === 'string' ? { [FILE]: text } : text
  const overlay = new Map(Object.entries(files))
  return readConfig(FILE, { prefix: '/prefix', overlay, globals })
}

/** Compiles a text, by way of JSON as for a worker. */
export function compileText(
  text: string | Readonly<Record<string, string>>,
  plugins: readonly AnyPlugin[] = testPlugins,
  globals?: string,
): Compiled {
  return compile(JSON.parse(JSON.stringify(readText(text, globals))) as ConfigTree, [
    variables,
    ...plugins,
  ])
}

/** Compiles the content of one server that listens on 127.0.0.1:80. */
export function compileServer(content: string, plugins?: readonly AnyPlugin[]): Compiled {
  const indented = content.replace(/^(?=.)/gm, '      ')
  return compileText(`http:\n  server:\n    - listen: 127.0.0.1:80\n${indented}\n`, plugins)
}

/** What is wrong with a text: each error without its excerpt. */
export function errorsIn(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    const { errors } = error as {
      errors?: readonly { message: string; mark: Mark; hint?: string }[]
    }
    if (!errors) throw error
    return errors.map(({ message, mark, hint }) => {
      return `${mark.line}:${mark.column} ${message}${hint === undefined ? '' : ` (${hint})`}`
    })
  }
  return []
}

interface Mark {
  readonly line: number
  readonly column: number
}
