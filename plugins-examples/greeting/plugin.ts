import { definePlugin, Head, type Template, template } from 'gateway/plugin'

/** A handler: answers with a greeting as JSON. */
export default definePlugin({
  name: 'greeting',
  doc: 'Answers with a greeting.',
  directives: {
    greet: template({
      in: ['location'],
      default: undefined,
      usage: 'name',
      doc: 'Greets by this name, which may hold variables.',
      inherits: 'never',
      // No two plugins can answer in one location: whoever else says so, too, is an error.
      claims: 'content',
    }),
  },
  // What the handler gets, settled once for each location; undefined would mean "not here".
  prepare: ({ greet }) => greet,
  content: (x, name: Template) => {
    if (x.method !== 'GET' && x.method !== 'HEAD') return 405
    const head = new Head(200)
    head.type = 'application/json'
    return x.respond(head, JSON.stringify({ hello: name.render(x), at: x.uri }))
  },
})
