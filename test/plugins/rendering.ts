import {
  type AnyPlugin,
  definePlugin,
  directive,
  type Exchange,
  type Template,
} from 'gateway/plugin'
import { type RequestOptions, underTest } from 'gateway/testing'
import { compileText, FILE } from '../config/compile-text.ts'

/** A text with variables that an `http` block defines. */
export interface Rendering {
  /** What it is for a request. */
  readonly of: (request?: RequestOptions) => string
  readonly exchange: (request?: RequestOptions) => Exchange
  readonly template: Template
  readonly warnings: readonly string[]
}

/** Compiles the content of an `http` block, with files it may include, and a text in it. */
export function rendering(
  plugin: AnyPlugin,
  http: string,
  text: string,
  files: Readonly<Record<string, string>> = {},
): Rendering {
  const templates: Template[] = []
  const probe = definePlugin({
    name: 'probe',
    directives: {
      probe: directive<boolean>({
        in: ['http'],
        default: false,
        doc: 'Parses a text.',
        usage: 'text',
        min: 1,
        max: 1,
        read: (entry) => {
          templates.push(entry.template(entry.args[0] ?? ''))
          return true
        },
      }),
    },
  })
  const content = `${http.trim()}\nprobe: "${text}"`.replace(/^(?=.)/gm, '  ')
  const yaml = { [FILE]: `http:\n${content}\n`, ...files }
  const { warnings } = compileText(yaml, [plugin, probe])
  const [template] = templates
  if (!template) throw new Error('the text was not read')
  const subject = underTest(probe)
  const exchange = (request?: RequestOptions) => subject.exchange(request)
  return {
    of: (request) => template.render(exchange(request)),
    exchange,
    template,
    warnings: warnings.map(({ message }) => message),
  }
}
