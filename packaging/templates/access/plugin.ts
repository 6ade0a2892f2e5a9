import { definePlugin, text } from 'gateway/plugin'

/** An access check: lets in who knows the word. */
export default definePlugin({
  name: 'my-plugin',
  doc: 'Lets in requests that carry a word.',
  directives: {
    my_plugin: text({
      in: ['http', 'server', 'location'],
      default: '',
      doc: 'The word that requests must carry in their X-Key field; empty for none.',
    }),
  },
  prepare: ({ my_plugin: word }) => (word === '' ? undefined : word),
  // 'pass' is allowed, a status refused, 'next' no opinion; `satisfy` is the kernel's business.
  access: (x, word: string) => {
    if (x.headers.get('x-key') === word) return 'pass'
    x.log('info', 'request without the word')
    return 403
  },
})
