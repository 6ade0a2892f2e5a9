import { constant, definePlugin, directive, type Template } from 'gateway/plugin'
import { findIndex } from './find-index.ts'

/** Finds the file that answers for a folder. */
export default definePlugin({
  name: 'index',
  doc: 'Answers requests for a folder with an index file in it.',
  always: true,
  transient: true,
  directives: {
    index: directive<readonly Template[]>({
      in: ['http', 'server', 'location'],
      default: [constant('index.html')],
      doc: 'The files that answer for a folder, the first that exists. The last may be an absolute URI. Names may hold variables.',
      usage: 'file ...',
      min: 1,
      max: 64,
      kind: 'template',
      repeat: true,
      read: (entry, before = []) => {
        for (const name of entry.args.slice(0, -1)) {
          if (name.startsWith('/')) entry.warn('only the last index should be absolute')
        }
        if (entry.args.includes('')) entry.fail('an index without a name')
        return [...before, ...entry.args.map((name) => entry.template(name))]
      },
    }),
  },
  content: findIndex,
})
