import { definePlugin, template } from 'gateway/plugin'

/** Answers with a text. A directive that claims the content allows no other in its location. */
export default definePlugin({
  name: 'say',
  directives: {
    say: template({
      in: ['location'],
      default: undefined,
      doc: 'What is answered.',
      claims: 'content',
    }),
  },
  content: (x, { say }) => (say ? x.respond(200, say.render(x)) : 'next'),
})
