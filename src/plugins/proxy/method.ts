import { directive, type Exchange, isToken, type Template } from 'gateway/plugin'

export const method = directive<Template | undefined>({
  in: ['http', 'server', 'location'],
  default: undefined,
  doc: 'The method of requests to the peer, instead of the one of the client.',
  usage: 'method',
  min: 1,
  max: 1,
  kind: 'template',
  read: (entry) => {
    const template = entry.template(entry.args[0] ?? '')
    const { constant } = template
    if (constant !== undefined && !isToken(constant)) entry.fail(`"${constant}" is not a method`)
    return template
  },
})

/** What a peer is asked with; undefined where variables make it no method at all. */
export function methodFor(x: Exchange, method: Template): string | undefined {
  const text = method.render(x)
  return isToken(text) ? text : undefined
}
