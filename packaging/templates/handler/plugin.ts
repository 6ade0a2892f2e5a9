import { definePlugin, Head, type Template, template } from 'gateway/plugin'

/** A handler: answers what its location is asked. */
export default definePlugin({
  name: 'my-plugin',
  doc: 'Answers with a greeting.',
  directives: {
    my_plugin: template({
      in: ['location'],
      default: undefined,
      usage: 'text',
      doc: 'Answers with this text, which may hold variables.',
      inherits: 'never',
      claims: 'content',
    }),
  },
  prepare: ({ my_plugin: text }) => text,
  content: (x, text: Template) => {
    if (x.method !== 'GET' && x.method !== 'HEAD') return 405
    const head = new Head(200)
    head.type = 'text/plain; charset=utf-8'
    return x.respond(head, `${text.render(x)}\n`)
  },
})
